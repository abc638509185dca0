// The pipe itself: both eras in one process, hostile input, and every way in which a conversation ends.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {createServer as createHttpServer} from 'node:http';
import {createServer} from 'node:net';
import {test} from 'node:test';
import {isInstrumented, startRaw} from './support/binary.mjs';
import {badIdPrefix, classes, malformedLines} from './support/malformed.mjs';
import {initialize, initialized, legacyRevisions, modernMeta, modernRevision, toolNames} from './support/protocol.mjs';
import {WireCheck, schemasMissing} from './support/wire_check.mjs';

const ping = (id) => ({jsonrpc: '2.0', id, method: 'ping'});
const listTools = (id, params = {}) => ({jsonrpc: '2.0', id, method: 'tools/list', params});
const wantsMemory = process.platform !== 'linux' ? 'resident memory is read from /proc, which is Linux only'
  : isInstrumented ? 'figures are judged on optimised builds only' : false;

function residentKb(server) {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${server.child.pid}/status`, 'utf8'))[1]);
}

async function opened(t, args = [], options) {
  const server = startRaw(t, args, options);
  await server.request(initialize('open', '2025-11-25'));
  server.send(initialized);
  return server;
}

for (const revision of legacyRevisions) {
  test(`printf of both eras into one process: ${revision} and ${modernRevision}`, async (t) => {
    const server = startRaw(t, ['--sandbox']);
    const check = new WireCheck(revision);
    const messages = [
      initialize(1, revision), initialized, listTools(2),
      {jsonrpc: '2.0', id: 'm1', method: 'server/discover', params: {_meta: modernMeta()}},
      listTools('m2', {_meta: modernMeta()}),
    ];
    messages.forEach((message) => check.sent(message));
    server.send(messages.map((message) => JSON.stringify(message) + '\n').join(''));
    assert.deepEqual(await server.close(), {code: 0, signal: null});

    check.chunk(Buffer.from(server.stdout));
    const answer = (id) => server.messages.find((message) => message.id === id)?.result;
    assert.equal(server.messages.length, 4);
    assert.equal(answer(1).protocolVersion, revision);
    assert.deepEqual(answer(2).tools.map((tool) => tool.name), toolNames);
    assert.deepEqual(answer('m1').supportedVersions, [modernRevision]);
    assert.deepEqual(answer('m2').tools.map((tool) => tool.name), toolNames);
    await t.test('every message fits the official schema', {skip: schemasMissing}, () => check.verify());
  });
}

test('10,000 malformed lines among 1,000 good requests: 1,000 right answers, memory flat', async (t) => {
  const good = 1000;
  const perGood = 10;
  const window = 25;
  assert.equal(Object.keys(classes).length, 15);
  const server = await opened(t, ['--sandbox', '--log-level', 'off']);
  const malformed = malformedLines(good * perGood, 20261124);
  const kinds = [(id) => ping(id), (id) => listTools(id), (id) => listTools(id, {_meta: modernMeta()}),
    (id) => ({jsonrpc: '2.0', id, method: 'tools/call', params: {name: 'get_agent', arguments: {}}})];
  const isRight = [(r) => assert.deepEqual(r, {}), (r) => assert.equal(r.tools.length, 27),
    (r) => assert.equal(r.resultType, 'complete'), (r) => assert.match(r.content[0].text, /agent_id/)];
  let settled;
  const begin = Date.now();

  for (let n = 0; n < good; n += window) {
    for (let id = n; id < n + window; id += 1) {
      const block = [];
      for (let i = 0; i < perGood; i += 1) block.push(malformed.next().value);
      block.splice(id % perGood, 0, Buffer.from(JSON.stringify(kinds[id % kinds.length](id)) + '\n'));
      server.send(Buffer.concat(block));
    }
    // A real client does not send a thousand requests before it reads the first answer; the window keeps ours honest.
    for (let id = n; id < n + window; id += 1) isRight[id % isRight.length]((await server.answerTo(id)).result);
    if (n + window === good / 5 && !wantsMemory) settled = residentKb(server);
  }
  const ms = Date.now() - begin;
  const grown = wantsMemory ? undefined : residentKb(server) - settled;
  assert.deepEqual(await server.close(), {code: 0, signal: null});

  const answers = server.messages.filter((message) => Number.isInteger(message.id));
  assert.equal(answers.length, good, 'one answer for each good request');
  assert.equal(new Set(answers.map((message) => message.id)).size, good);
  for (const message of server.messages) {
    if (Number.isInteger(message.id) || message.id === 'open') continue;
    assert.ok(message.error, `only errors answer malformed lines: ${JSON.stringify(message)}`);
    assert.ok([-32700, -32600, -32602].includes(message.error.code), JSON.stringify(message));
    assert.ok(message.id === undefined || message.id.startsWith(badIdPrefix), JSON.stringify(message));
  }
  t.diagnostic(`${ms} ms; resident memory grew by ${grown ?? '?'} kB after the first fifth`);
  await t.test('resident memory', {skip: wantsMemory}, () => assert.ok(grown < 4096, `grew by ${grown} kB`));
});

test('each class of malformed line leaves the next request working', async (t) => {
  const server = await opened(t);
  let id = 0;
  for (const line of malformedLines(Object.keys(classes).length * 20, 7)) {
    server.send(line);
    assert.deepEqual((await server.request(ping(++id))).result, {});
  }
  assert.deepEqual(await server.close(), {code: 0, signal: null});
});

test('a line of 64 MiB is refused without being kept', async (t) => {
  const server = await opened(t);
  const before = wantsMemory ? 0 : residentKb(server);
  const piece = Buffer.alloc(1024 * 1024, 'x');
  for (let i = 0; i < 64; i += 1) {
    if (!server.send(piece)) await new Promise((resolve) => server.child.stdin.once('drain', resolve));
  }
  server.send('\n');
  assert.deepEqual((await server.request(ping(1))).result, {});
  const errors = server.messages.filter((message) => message.error);
  assert.equal(errors.length, 1);
  assert.ok([-32700, -32600].includes(errors[0].error.code));
  if (!wantsMemory) {
    const grown = residentKb(server) - before;
    t.diagnostic(`resident memory grew by ${grown} kB`);
    assert.ok(grown < 8192, `grew by ${grown} kB`);
  }
});

test('bytes that arrive one by one make the same message', async (t) => {
  const server = await opened(t);
  for (const byte of Buffer.from(JSON.stringify({...ping('é'), params: {a: 'ü€😀'}}) + '\n')) {
    server.send(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual((await server.answerTo('é')).result, {});
});

test('end of input ends the server with 0, with and without a handshake', async (t) => {
  assert.deepEqual(await startRaw(t, []).close(), {code: 0, signal: null});
  const server = await opened(t);
  assert.deepEqual(await server.close(), {code: 0, signal: null});
});

test('requests that were read before the end of input are still answered', async (t) => {
  const server = startRaw(t, ['--sandbox']);
  const calls = Array.from({length: 50}, (_, id) => ({jsonrpc: '2.0', id, method: 'tools/call',
    params: {name: 'sign_up', arguments: {human_email: `owner${id}@example.com`}}}));
  server.send([initialize('open', '2025-11-25'), initialized, ...calls].map((m) => JSON.stringify(m) + '\n').join(''));
  assert.deepEqual(await server.close(), {code: 0, signal: null});
  const answered = server.messages.filter((message) => Number.isInteger(message.id)).map((message) => message.id);
  assert.deepEqual(answered.sort((a, b) => a - b), calls.map((call) => call.id));
});

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`${signal} ends the server with 0`, async (t) => {
    const server = await opened(t);
    server.child.kill(signal);
    assert.deepEqual(await server.exited, {code: 0, signal: null});
  });
}

test('a client that stops reading and leaves does not kill the server by a signal', async (t) => {
  const server = await opened(t);
  server.child.stdout.destroy();
  for (let id = 0; id < 20; id += 1) server.send(listTools(id));
  assert.deepEqual(await server.exited, {code: 0, signal: null});
});

for (const end of ['SIGTERM', 'end of input']) {
  test(`a client that stops reading cannot keep the server: ${end} ends it all the same`, async (t) => {
    const server = await opened(t);
    server.child.stdout.pause();
    // At once: many small writes can fill the socket of a server that reads no more, and then the end never reaches it.
    server.send(Array.from({length: 200}, (_, id) => JSON.stringify(listTools(id)) + '\n').join(''));
    const begin = performance.now();
    if (end === 'SIGTERM') server.child.kill(end);
    else server.child.stdin.end();
    assert.deepEqual(await server.exited, {code: 0, signal: null});
    assert.ok(performance.now() - begin < 7000);
  });
}

test('a write that is never answered does not keep the server past its grace', async (t) => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.after(() => silent.close());
  const arrived = once(silent, 'connection');
  const server = await opened(t, [], {env: {AGENTPHONE_API_KEY: 'sk_test_shutdown1',
    AGENTPHONE_BASE_URL: `http://127.0.0.1:${silent.address().port}`}});
  server.send({jsonrpc: '2.0', id: 1, method: 'tools/call', params: {name: 'send_sms',
    arguments: {agent_id: 'agt_1', to_number: '+14155550123', body: 'Hello'}}});
  const [socket] = await arrived;
  await once(socket, 'data');
  const begin = performance.now();
  assert.deepEqual(await server.close(), {code: 0, signal: null});
  assert.ok(performance.now() - begin < 9000);
  assert.match(server.stderr, /ended_with_a_write_in_flight/);
});

test('32 calls wait for the API at the same time', async (t) => {
  const held = [];
  // Answers nobody before all 32 requests are there.
  const api = createHttpServer((request, response) => {
    held.push(response);
    if (held.length < 32) return;
    for (const waiting of held) waiting.setHeader('Content-Type', 'application/json').end('{"data":[],"total":0}');
  }).listen(0, '127.0.0.1');
  await once(api, 'listening');
  t.after(() => api.closeAllConnections());
  t.after(() => api.close());
  const server = await opened(t, [], {env: {AGENTPHONE_API_KEY: 'sk_test_inflight1',
    AGENTPHONE_BASE_URL: `http://127.0.0.1:${api.address().port}`}});
  for (let id = 0; id < 32; id += 1) {
    server.send({jsonrpc: '2.0', id, method: 'tools/call', params: {name: 'list_numbers', arguments: {}}});
  }
  for (let id = 0; id < 32; id += 1) assert.ok(!(await server.answerTo(id)).result.isError);
  assert.deepEqual(await server.close(), {code: 0, signal: null});
});

test('stdout carries messages only, even with the log at its loudest', async (t) => {
  const server = await opened(t, ['--sandbox', '--log-level', 'debug']);
  await server.request({id: 1, method: 'tools/call', params: {name: 'sign_up', arguments: {human_email: 'owner@example.com'}}});
  await server.request({id: 2, method: 'tools/call', params: {name: 'verify', arguments: {verification_id: 'ver_x', otp_code: '000000'}}});
  await server.close();
  assert.notEqual(server.stderr, '', 'the log goes to stderr');
  for (const message of server.messages) assert.equal(message.jsonrpc, '2.0');
  assert.equal(server.partial, '');
});

test('the command line: --version and --help print and end, nonsense is refused with a line on stderr', async (t) => {
  const run = async (...args) => {
    const server = startRaw(t, args, {stdio: ['ignore', 'pipe', 'pipe']});
    server.child.stdout.removeAllListeners('data');
    let out = '';
    server.child.stdout.on('data', (chunk) => { out += chunk; });
    return {...await server.exited, out, err: server.stderr};
  };
  const version = await run('--version');
  assert.equal(version.code, 0);
  assert.match(version.out, /\d+\.\d+\.\d+/);
  const help = await run('--help');
  assert.equal(help.code, 0);
  for (const flag of ['--sandbox', '--api-key-file', '--ai-disclosure', '--log-level']) assert.match(help.out, new RegExp(flag));
  assert.doesNotMatch(help.out, /--api-key[ =]/);
  const nonsense = await run('--no-such-flag');
  assert.notEqual(nonsense.code, 0);
  assert.equal(nonsense.signal, null);
  assert.match(nonsense.err, /no-such-flag/);
  assert.equal(nonsense.out, '');
});
