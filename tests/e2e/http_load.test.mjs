// A thousand sessions at once: 500 hold a stream open, 300 hold an idle connection, 200 call tools. Prints what it cost.
// AGENTPHONE_MCP_LOAD_SECONDS says how long (10 unless set).
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {setTimeout as pause} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {isInstrumented, sandboxCode} from './support/binary.mjs';
import {startHttpServer} from './support/http_server.mjs';
import {RawSession} from './support/raw_session.mjs';

const seconds = Number(process.env.AGENTPHONE_MCP_LOAD_SECONDS ?? 10);
const size = isInstrumented ? 0.1 : 1;
const [streams, idlers, callers] = [500, 300, 200].map((count) => count * size);
const ticksPerSecond = 100;

const isLinux = process.platform === 'linux';

function residentMiB(pid) {
  return Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+) kB/)[1]) / 1024;
}

/** Seconds of processor time that the process has used. */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

async function openAll(http, count) {
  const sessions = Array.from({length: count}, () => new RawSession(http));
  await Promise.all(sessions.map((session) => session.open()));
  return sessions;
}

test('a thousand sessions cost little and disturb nobody', {skip: !isLinux && 'reads /proc'}, async (t) => {
  const http = await startHttpServer(t, {args: ['--sandbox', '--max-sessions', '2000']});
  const {pid} = http.server.child;
  const errors = [];

  const begin = performance.now();
  const listening = await openAll(http, streams);
  await Promise.all(listening.map((session) => session.listen()));
  const idle = await openAll(http, idlers);
  const calling = await openAll(http, callers);
  const connected = performance.now() - begin;
  t.after(() => [...listening, ...idle, ...calling].forEach((session) => session.close()));

  const [first] = calling;
  const signedUp = await first.call('sign_up', {human_email: 'owner@example.com'});
  while (!sandboxCode(http.server.stderr, 'owner@example.com')) await pause(5);
  await first.call('verify', {verification_id: signedUp.structuredContent.verification_id,
    otp_code: sandboxCode(http.server.stderr, 'owner@example.com')});

  const idleFrom = cpuSeconds(pid);
  const idleFor = Math.max(2, Math.min(10, seconds / 4));
  await pause(idleFor * 1000);
  const idleCpu = (cpuSeconds(pid) - idleFrom) / idleFor;

  const until = performance.now() + seconds * 1000;
  let calls = 0;
  const work = calling.map(async (session, i) => {
    await pause((i / callers) * 1000);
    while (performance.now() < until) {
      const result = await session.call(i % 2 ? 'list_agents' : 'list_numbers', {}).catch((error) => ({isError: true, error}));
      if (result.isError) errors.push(result);
      calls += 1;
      await pause(1000);
    }
  });
  const pinging = promisify(execFile)(process.execPath,
    [fileURLToPath(new URL('support/ping_loop.mjs', import.meta.url)), String(http.port), http.token, String(seconds)]);
  let peak = residentMiB(pid);
  while (performance.now() < until) {
    peak = Math.max(peak, residentMiB(pid));
    await pause(100);
  }
  await Promise.all(work);
  const pings = JSON.parse((await pinging).stdout);

  const cut = await Promise.race([...listening.map((session) => session.ended), pause(1, 'all open')]);
  t.diagnostic(`${streams} streams, ${idlers} idle, ${callers} calling once a second for ${seconds} s: ${calls} calls, `
    + `${errors.length} errors`);
  t.diagnostic(`connected in ${connected.toFixed(0)} ms; resident at most ${peak.toFixed(1)} MiB; idle `
    + `${(idleCpu * 100).toFixed(1)} % of a core`);
  t.diagnostic(`${pings.count} pings meanwhile, from another process: p50 ${pings.p50.toFixed(2)} ms, `
    + `p99 ${pings.p99.toFixed(2)} ms`);
  assert.deepEqual(errors.slice(0, 3), []);
  assert.equal(cut, 'all open', 'no stream was cut');
  if (isInstrumented) return;
  assert.ok(peak <= 64, `${peak} MiB`);
  assert.ok(idleCpu <= 0.02, `${idleCpu * 100} %`);
  assert.ok(pings.p99 <= 5, `${pings.p99} ms`);
});
