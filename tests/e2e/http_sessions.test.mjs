// What only a network has: cut streams, restarts, several clients at once, bridges, and the way to stop.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import net from 'node:net';
import path from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {callUnconfirmed, openAccount} from './client_suite.mjs';
import {cleanEnv, isInstrumented, makeHome, patience} from './support/binary.mjs';
import {legacy, legacyHttp, legacySse, modernHttp} from './support/clients.mjs';
import {startHttpServer} from './support/http_server.mjs';
import {modernMeta, toolNames} from './support/protocol.mjs';
import {startServedSandbox} from './support/served_sandbox.mjs';
import {textOf} from './tool_cases.mjs';

const sandboxed = ['--sandbox', '--sandbox-speed', '200'];
const kinds = [legacyHttp, legacySse, modernHttp];
const modules = fileURLToPath(new URL('node_modules/', import.meta.url));

/** A TCP relay that can cut what runs through it. */
async function startRelay(t, port) {
  const pairs = new Set();
  const watchers = new Set();
  const wake = () => { for (const watcher of [...watchers]) watcher(); };
  const relay = net.createServer((near) => {
    const far = net.connect(port, '127.0.0.1');
    const pair = {near, asked: '', seen: ''};
    pairs.add(pair);
    near.on('data', (bytes) => { pair.asked += bytes; wake(); });
    far.on('data', (bytes) => { pair.seen += bytes; wake(); });
    for (const socket of [near, far]) socket.on('error', () => {});
    near.on('close', () => { pairs.delete(pair); far.destroy(); });
    far.on('close', () => near.destroy());
    near.pipe(far).pipe(near);
  });
  await new Promise((resolve) => relay.listen(0, '127.0.0.1', resolve));
  t.after(() => { for (const {near} of pairs) near.destroy(); relay.close(); });
  /** Resolves with the first connection that `look` likes, asked again with every piece that passes. */
  const until = (look) => new Promise((resolve) => {
    const watcher = () => {
      const found = [...pairs].find(look);
      if (!found) return;
      watchers.delete(watcher);
      resolve(found);
    };
    watchers.add(watcher);
    watcher();
  });
  return {port: relay.address().port, until};
}

test('two clients with the same request ids at once get each their own answers', async (t) => {
  for (const kind of kinds) {
    await t.test(kind.label, async (t) => {
      const http = await startHttpServer(t, {args: sandboxed});
      const clients = await Promise.all([0, 1, 2].map(() => kind.connect(t, {http})));
      await openAccount(clients[0]);
      const agents = await Promise.all(clients.map(async (client, i) => {
        const made = await client.call('create_agent', {name: `Agent ${i}`, system_prompt: 'Be kind.'});
        assert.ok(!made.isError, textOf(made));
        return made.structuredContent.agent.agent_id;
      }));
      const rounds = Array.from({length: isInstrumented ? 20 : 100}, (_, i) => i);
      await Promise.all(clients.map((client, who) => Promise.all(rounds.map(async (round) => {
        const result = await client.call('get_agent', {agent_id: round % 2 ? agents[who] : `agt_nobody${round}`});
        assert.equal(Boolean(result.isError), round % 2 === 0);
        if (round % 2) assert.equal(result.structuredContent.agent.agent_id, agents[who]);
      }))));
      for (const client of clients) client.check.verify();
    });
  }
});

test('a stream that is cut goes on where it was, and the tool ran once', async (t) => {
  const sandbox = await startServedSandbox(t);
  const http = await startHttpServer(t, {args: ['--allowed-host', '127.0.0.1'], env: {AGENTPHONE_BASE_URL: sandbox.url, AGENTPHONE_API_KEY: 'sk_test_x'}});
  const relay = await startRelay(t, http.port);
  const through = {...http, url: `http://127.0.0.1:${relay.port}`, server: http.server};
  const connection = await legacyHttp.connect(t, {http: through, sandbox});
  await connection.call('list_agents', {});
  await sandbox.fault({method: 'GET', path_prefix: '/v1/usage', delay_ms: 1500});
  const before = (await sandbox.requests()).length;
  const call = connection.call('account_overview', {}, {onprogress: () => {}});
  // The first progress opens the stream; that is when the line goes down.
  const streaming = await relay.until((pair) => /text\/event-stream[\s\S]*notifications\/progress/.test(pair.seen));
  streaming.near.destroy();
  const result = await call;
  assert.ok(!result.isError, textOf(result));
  const reads = (await sandbox.requests()).slice(before).filter((request) => request.path.startsWith('/v1/usage'));
  assert.equal(reads.length, 1);
});

test('after a restart of the server a stateless client goes on, and a session is told to start over', async (t) => {
  const home = makeHome(t);
  const first = await startHttpServer(t, {args: sandboxed, home});
  const modern = await modernHttp.connect(t, {http: first});
  const old = await legacyHttp.connect(t, {http: first});
  assert.equal((await modern.listTools()).length, toolNames.length);
  assert.deepEqual(await first.stop(), {code: 0, signal: null});
  const second = await startHttpServer(t, {args: sandboxed, home, port: first.port});
  assert.equal(second.token, first.token, 'the token file is kept, so that clients stay configured');
  assert.equal((await modern.listTools()).length, toolNames.length);
  await assert.rejects(old.listTools(), (error) => /404|not found|session/i.test(String(error)));
  const again = await legacyHttp.connect(t, {http: second});
  assert.equal((await again.listTools()).length, toolNames.length);
});

test('mcp-remote bridges a stdio client to the server', async (t) => {
  const http = await startHttpServer(t, {args: sandboxed});
  const bridge = path.join(modules, 'mcp-remote/dist/proxy.js');
  const connection = await legacy.connect(t, {command: process.execPath,
    args: [bridge, `${http.url}/mcp`, '--allow-http', '--transport', 'http-only', '--header', `Authorization:Bearer ${http.token}`]});
  connection.http = http;
  assert.deepEqual((await connection.listTools()).map((tool) => tool.name), toolNames);
  const account = await openAccount(connection);
  await callUnconfirmed(connection, account);
});

test('the Inspector works over HTTP', async (t) => {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (!(major > 22 || (major === 22 && minor >= 19))) return t.skip(`the Inspector needs Node 22.19, this is ${process.version}`);
  const http = await startHttpServer(t, {args: [...sandboxed, '--no-auth']});
  const cli = path.join(modules, '@modelcontextprotocol/inspector/clients/launcher/build/index.js');
  const inspect = async (...args) => JSON.parse((await promisify(execFile)(process.execPath,
    [cli, '--cli', `${http.url}/mcp`, '--transport', 'http', ...args],
    {env: {...cleanEnv(makeHome(t)), PATH: path.dirname(process.execPath) + ':' + process.env.PATH}, timeout: patience * 3})).stdout);
  const listed = await inspect('--method', 'tools/list', '--strict');
  assert.deepEqual(listed.tools.map((tool) => tool.name), toolNames);
  const signedUp = await inspect('--method', 'tools/call', '--tool-name', 'sign_up', '--tool-arg', 'human_email=owner@example.com');
  assert.match(signedUp.structuredContent.verification_id, /\S/);
});

const ask = (http, body, headers = {}) => fetch(`${http.url}/mcp`, {method: 'POST', body: JSON.stringify(body),
  headers: {'content-type': 'application/json', 'accept': 'application/json, text/event-stream', ...headers}});
const discover = {jsonrpc: '2.0', id: 1, method: 'server/discover', params: {_meta: modernMeta()}};
const discoverHeaders = {'mcp-protocol-version': '2026-07-28', 'mcp-method': 'server/discover'};

test('without the token nothing is served, and an AgentPhone key is no token', async (t) => {
  const http = await startHttpServer(t, {args: [], env: {AGENTPHONE_API_KEY: 'sk_test_canary123456', AGENTPHONE_BASE_URL: 'http://127.0.0.1:9'}});
  for (const wrong of [undefined, 'Bearer ', 'Bearer nonsense', 'Bearer sk_test_canary123456', `Basic ${http.token}`, `Bearer ${http.token}x`]) {
    const response = await ask(http, discover, {...discoverHeaders, ...(wrong === undefined ? {} : {authorization: wrong})});
    assert.equal(response.status, 401, String(wrong));
    assert.match(response.headers.get('www-authenticate') ?? '', /^Bearer/);
  }
  assert.equal((await ask(http, discover, {...discoverHeaders, ...http.headers})).status, 200);
  for (const open of ['/healthz', '/readyz', '/metrics']) assert.equal((await fetch(http.url + open)).status, 200);
});

test('SIGTERM: idle and busy servers stop in order, a second signal at once', async (t) => {
  const timed = async (act) => {
    const begin = Date.now();
    const exit = await act();
    return {exit, ms: Date.now() - begin};
  };
  const idle = await startHttpServer(t, {args: sandboxed});
  await legacyHttp.connect(t, {http: idle});
  const quiet = await timed(() => idle.stop());
  assert.deepEqual(quiet.exit, {code: 0, signal: null});
  assert.ok(quiet.ms < 500 * (isInstrumented ? 10 : 1), `${quiet.ms} ms`);

  const sandbox = await startServedSandbox(t);
  const relay = await startRelay(t, Number(new URL(sandbox.url).port));
  const env = {AGENTPHONE_BASE_URL: `http://127.0.0.1:${relay.port}`, AGENTPHONE_API_KEY: 'sk_test_x'};
  /** A server that waits for an answer which does not come. */
  const startBusy = async () => {
    await sandbox.fault({method: 'GET', path_prefix: '/v1/agents', delay_ms: 60_000});
    const http = await startHttpServer(t, {args: [], env});
    const connection = await legacyHttp.connect(t, {http});
    connection.call('list_agents', {}).catch(() => {});
    await relay.until((pair) => pair.asked.includes('/v1/agents') && !pair.near.destroyed);
    return http;
  };
  const slack = isInstrumented ? 2 : 1;
  const busy = await startBusy();
  const late = await timed(() => busy.stop('SIGINT'));
  assert.deepEqual(late.exit, {code: 0, signal: null});
  assert.ok(late.ms < 5500 * slack, `${late.ms} ms`);

  const hurried = await startBusy();
  const twice = await timed(async () => {
    const ended = hurried.stop();
    await hurried.server.until('the port is closed', () => hurried.server.stderr.includes('stopping'));
    hurried.server.child.kill('SIGTERM');
    return ended;
  });
  assert.ok(twice.ms < 1000 * slack, `${twice.ms} ms`);
  t.diagnostic(`stop: idle ${quiet.ms} ms, busy ${late.ms} ms, told twice ${twice.ms} ms`);
});
