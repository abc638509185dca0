// Hostile requests over real sockets: each has its status within a second, costs no memory, and disturbs nobody. Also with
// the stack limits that make other servers fall.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import net from 'node:net';
import {networkInterfaces} from 'node:os';
import {test} from 'node:test';
import {setImmediate as turn} from 'node:timers/promises';
import {isInstrumented} from './support/binary.mjs';
import {hostile, slow} from './support/hostile_http.mjs';
import {startHttpServer} from './support/http_server.mjs';

const isLinux = process.platform === 'linux';
const floodBytes = 64 << 20;
const limitMs = isInstrumented ? 10_000 : 1000;
const limitMiB = 8;
const headLimitMs = 10_000;

function residentMiB(pid) {
  return isLinux ? Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+) kB/)[1]) / 1024 : 0;
}

/** Sends one case, and gives the status of its answer and how long that took. */
async function provoke(http, [, bytes, , {then, drip} = {}], host = '127.0.0.1') {
  const socket = net.connect(http.port, host);
  socket.on('error', () => {});  // who sends too much is cut in the end
  await once(socket, 'connect');
  const begin = performance.now();
  let answer = '';
  const answered = new Promise((resolve) => {
    socket.setEncoding('latin1').on('data', (text) => {
      answer += text;
      if (answer.includes('\r\n\r\n')) resolve();
    });
    socket.on('close', resolve);
  });
  const text = typeof bytes === 'string' ? Buffer.from(bytes.replaceAll('{token}', http.token), 'latin1')
    : Buffer.from(bytes.toString('latin1').replaceAll('{token}', http.token), 'latin1');
  socket.write(text);
  for (let sent = 0; then && sent < floodBytes && answer === '' && !socket.destroyed; sent += then.length) {
    await turn();  // else Node would write on without looking whether an answer has come
    if (!socket.write(then)) await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), answered]);
  }
  const dripping = drip && setInterval(() => socket.write(drip), 100);
  await answered;
  clearInterval(dripping);
  const ms = performance.now() - begin;
  socket.destroy();
  return {status: Number(answer.match(/^HTTP\/1\.1 (\d{3}) /)?.[1] ?? 0), ms};
}

async function assertAlive(http) {
  const response = await fetch(`${http.url}/healthz`);
  assert.equal(response.status, 200);
  await response.text();
}

async function provokeAll(t, http) {
  const {pid} = http.server.child;
  // What the first requests of any kind need is not what hostile ones cost.
  for (let i = 0; i < 20; i += 1) await assertAlive(http);
  const before = residentMiB(pid);
  let peak = before;
  let slowest = 0;
  const wrong = [];
  for (const one of hostile) {
    const {status, ms} = await provoke(http, one);
    if (status !== one[2] || ms > limitMs) wrong.push(`${one[0]}: ${status} instead of ${one[2]} after ${ms.toFixed(0)} ms`);
    slowest = Math.max(slowest, ms);
    peak = Math.max(peak, residentMiB(pid));
  }
  await assertAlive(http);
  t.diagnostic(`${hostile.length} cases: ${wrong.length} wrong, the slowest ${slowest.toFixed(0)} ms, memory from `
    + `${before.toFixed(1)} to ${peak.toFixed(1)} MiB at most`);
  assert.deepEqual(wrong, []);
  if (isLinux && !isInstrumented) assert.ok(peak - before <= limitMiB, `grew by ${peak - before} MiB`);
}

test('the table of hostile requests is long enough', () => {
  assert.ok(hostile.length >= 60, `${hostile.length}`);
  assert.equal(new Set(hostile.map(([what]) => what)).size, hostile.length);
});

test('hostile requests are refused at once and cost nothing', async (t) => {
  await provokeAll(t, await startHttpServer(t));
});

for (const stack of ['unlimited', '1024']) {
  const refused = spawnSync('sh', ['-c', `ulimit -s ${stack}`]).status !== 0 && `this system refuses ulimit -s ${stack}`;
  test(`the same under ulimit -s ${stack}`, {skip: refused}, async (t) => {
    await provokeAll(t, await startHttpServer(t, {launcher: ['sh', '-c', `ulimit -s ${stack}; exec "$0" "$@"`]}));
  });
}

test('slow clients are told that their time is over, and nobody waits for them', async (t) => {
  const http = await startHttpServer(t);
  const waiting = slow.map((one) => provoke(http, one));
  await assertAlive(http);
  for (const [i, {status, ms}] of (await Promise.all(waiting)).entries()) {
    assert.equal(status, slow[i][2], slow[i][0]);
    assert.ok(ms >= headLimitMs - 100 && ms < headLimitMs + limitMs, `${slow[i][0]}: ${ms} ms`);
  }
});

test('3,000 silent connections leave room for clients with a token', async (t) => {
  const http = await startHttpServer(t);
  const silent = [];
  t.after(() => silent.forEach((socket) => socket.destroy()));
  while (silent.length < 3000) {
    const batch = Array.from({length: 100}, () => net.connect(http.port, '127.0.0.1').on('error', () => {}));
    silent.push(...batch);
    await Promise.all(batch.map((socket) => once(socket, 'connect')));
  }
  for (let i = 0; i < 10; i += 1) {
    const response = await fetch(`${http.url}/mcp`, {method: 'POST',
      headers: {...http.headers, 'content-type': 'application/json', accept: 'application/json, text/event-stream',
        connection: 'close'},
      body: JSON.stringify({jsonrpc: '2.0', id: 1, method: 'initialize', params: {protocolVersion: '2025-06-18',
        capabilities: {}, clientInfo: {name: 'test', version: '1'}}})});
    assert.equal(response.status, 200);
    await response.text();
  }
});

test('a client that shuts down its sending side gets the answer', async (t) => {
  const http = await startHttpServer(t);
  const body = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"account_overview","arguments":{},'
    + '"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",'
    + '"io.modelcontextprotocol/clientInfo":{"name":"test","version":"1"},'
    + '"io.modelcontextprotocol/clientCapabilities":{}}}}';
  const socket = net.connect({port: http.port, host: '127.0.0.1', allowHalfOpen: true});
  socket.end(['POST /mcp HTTP/1.1', `Host: 127.0.0.1:${http.port}`, `Authorization: Bearer ${http.token}`,
    'Content-Type: application/json', 'Accept: application/json', 'MCP-Protocol-Version: 2026-07-28',
    'Mcp-Method: tools/call', 'Mcp-Name: account_overview', `Content-Length: ${body.length}`, '', body].join('\r\n'));
  let answer = '';
  for await (const text of socket.setEncoding('utf8')) answer += text;
  assert.match(answer, /^HTTP\/1\.1 200 /);
  assert.match(answer, /"id":1/);
});

const hasIPv6 = Object.values(networkInterfaces()).flat().some(({address}) => address === '::1');

test('--host ::1 serves IPv6 loopback, by its name', {skip: !hasIPv6 && 'there is no IPv6 here'}, async (t) => {
  const http = await startHttpServer(t, {args: ['--sandbox', '--host', '::1']});
  await http.server.until('its address', () => /http:\/\/\[::1\]:\d+\/mcp/.test(http.server.stderr));
  const response = await fetch(`http://[::1]:${http.port}/mcp`, {method: 'POST',
    headers: {...http.headers, 'content-type': 'application/json', accept: 'application/json, text/event-stream'},
    body: '{"jsonrpc":"2.0","id":1,"method":"ping"}'});
  assert.equal(response.status, 400, 'let in, and without a session');
  const [stranger] = hostile.filter(([what]) => what === 'Host of somebody else');
  assert.equal((await provoke(http, stranger, '::1')).status, 403);
});
