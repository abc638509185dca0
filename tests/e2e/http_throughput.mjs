// How many requests a second, and how that grows from 1 to 64 connections: `node http_throughput.mjs`. It measures a
// ping and a tool that needs no network, each connection asking again as soon as it has its answer.
import {cleanEnv, RawServer} from './support/binary.mjs';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {portWritten} from './support/served_sandbox.mjs';
import {RawSession} from './support/raw_session.mjs';

const secondsPerStep = 2;
const home = mkdtempSync(path.join(tmpdir(), 'agentphone-throughput-'));
const server = new RawServer(['http', '--port', '0', '--port-file', path.join(home, 'port'), '--no-auth'], {env: cleanEnv(home)});
const http = {port: await portWritten(server, home, 'port'), headers: {}};

async function rate(connections, ask) {
  const sessions = await Promise.all(Array.from({length: connections}, () => new RawSession(http).open()));
  const until = performance.now() + secondsPerStep * 1000;
  let answers = 0;
  await Promise.all(sessions.map(async (session) => {
    while (performance.now() < until) {
      await ask(session);
      answers += 1;
    }
  }));
  sessions.forEach((session) => session.close());
  return answers / secondsPerStep;
}

// Without a key this tool says so at once: the whole way through the server, and none beyond.
const asks = {'ping': (session) => session.request('ping'), 'tools/call': (session) => session.call('list_agents', {})};
for (const [name, ask] of Object.entries(asks)) {
  for (const connections of [1, 2, 4, 8, 16, 32, 64]) {
    console.log(`${name.padEnd(10)} ${String(connections).padStart(2)} connections  ${(await rate(connections, ask)).toFixed(0)}/s`);
  }
}
server.child.kill('SIGTERM');
await server.exited;
rmSync(home, {recursive: true, force: true});
