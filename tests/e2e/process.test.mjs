// The process itself: signals, descriptors that are not open, the end of input while tools wait, what the command line
// says, and key files and disks that are not as they should be.
import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync}
  from 'node:fs';
import {createServer} from 'node:net';
import {createServer as createHttpServer} from 'node:http';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {test} from 'node:test';
import {binary, cleanEnv, isInstrumented, makeHome, patience, sandboxCode, startRaw} from './support/binary.mjs';
import {startHttpServer} from './support/http_server.mjs';
import {initialize, initialized, legacyRevisions} from './support/protocol.mjs';
import {startServedSandbox} from './support/served_sandbox.mjs';

const ping = (id) => ({jsonrpc: '2.0', id, method: 'ping'});
const callTool = (id, name, args) => ({jsonrpc: '2.0', id, method: 'tools/call', params: {name, arguments: args}});
const has = (command) => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
const isRoot = process.getuid?.() === 0;
/** What an SDK allows between the end of stdin and its first signal is 2 s. */
const goneWithin = isInstrumented ? 4000 : 1500;
const fakeKey = 'sk_live_neverprinted00001';

async function opened(t, args = [], options) {
  const server = startRaw(t, args, options);
  await server.request(initialize('open', '2025-11-25'));
  server.send(initialized);
  return server;
}

/** Signs up and verifies; the code is on stderr of whatever plays AgentPhone. */
async function signUp(server, mailbox = server) {
  const {structuredContent: sent} = (await server.request(callTool('up', 'sign_up', {human_email: 'owner@example.com'}))).result;
  const code = await mailbox.until('the code', () => sandboxCode(mailbox.stderr, 'owner@example.com'));
  return (await server.request(callTool('verify', 'verify', {verification_id: sent.verification_id, otp_code: code}))).result;
}

/** An API that answers a path of `answers` when it is told to, and everything else never. */
async function slowApi(t) {
  const waiting = [];
  const arrivals = [];
  const server = createHttpServer((request, response) => {
    request.resume();
    request.on('end', () => {
      waiting.push({url: request.url, method: request.method, response});
      arrivals.shift()?.();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    env: {AGENTPHONE_BASE_URL: `http://127.0.0.1:${server.address().port}`},
    async next() {
      if (waiting.length === 0) {
        await new Promise((resolve, reject) => {
          const timer = setTimeout(() => reject(new Error('no request came')), patience);
          arrivals.push(() => {
            clearTimeout(timer);
            resolve();
          });
        });
      }
      return waiting.shift();
    },
  };
}

function answerJson(exchange, body) {
  exchange.response.writeHead(200, {'content-type': 'application/json'});
  exchange.response.end(JSON.stringify(body));
}

/** Runs a shell script that may use "$BIN", and gives how it ended. */
function shell(t, script, {env = {}, timeout = patience} = {}) {
  const home = makeHome(t);
  const run = spawnSync('sh', ['-c', script], {env: cleanEnv(home, {BIN: binary, DIR: home, ...env}), encoding: 'utf8', timeout,
    killSignal: 'SIGKILL', input: ''});
  return {...run, home};
}

// Signals

for (const signal of ['SIGHUP', 'SIGTERM', 'SIGINT']) {
  test(`${signal} during verify: the only copy of the key is on disk before the end`, async (t) => {
    const api = await slowApi(t);
    const server = await opened(t, [], {env: api.env});
    server.send(callTool(1, 'verify', {verification_id: 'ver_1', otp_code: '123456'}));
    const exchange = await api.next();
    server.child.kill(signal);
    answerJson(exchange, {verified: true, api_key: 'sk_test_onlycopy0001', agent_id: 'agt_1', phone_number: '+14155550123'});
    assert.deepEqual(await server.exited, {code: 0, signal: null});
    const stored = path.join(server.home, '.config', 'agentphone', 'credentials');
    assert.equal(readFileSync(stored, 'utf8').trim(), 'sk_test_onlycopy0001');
    assert.ok(server.messages.some((message) => message.id === 1), 'answered');
    assert.doesNotMatch(server.stdout + server.stderr, /onlycopy/);
  });
}

test('SIGHUP during set_webhook: the new secret is kept', async (t) => {
  const api = await slowApi(t);
  const server = await opened(t, ['--webhook-listen', '127.0.0.1:0'], {env: {...api.env, AGENTPHONE_API_KEY: 'sk_test_hangup01'}});
  server.send(callTool(1, 'set_webhook', {url: 'https://hooks.example.com/a'}));
  let exchange = await api.next();
  while (exchange.method === 'GET') {
    answerJson(exchange, {});
    exchange = await api.next();
  }
  server.child.kill('SIGHUP');
  answerJson(exchange, {id: 'wh_1', url: 'https://hooks.example.com/a', secret: 'whsec_keptoverhangup', status: 'active'});
  assert.deepEqual(await server.exited, {code: 0, signal: null});
  assert.match(readFileSync(path.join(server.home, '.config', 'agentphone', 'webhook-secrets'), 'utf8'), /whsec_keptoverhangup/);
});

test('SIGHUP opens the log again and then ends the server; SIGUSR1 only opens it', async (t) => {
  const home = makeHome(t);
  const log = path.join(home, 'server.log');
  const http = await startHttpServer(t, {home, args: ['--sandbox', '--log-file', log, '--log-level', 'debug']});
  const alive = () => fetch(http.url + '/healthz');
  await alive();
  renameSync(log, log + '.1');
  http.server.child.kill('SIGUSR1');
  await fetch(http.url + '/mcp', {method: 'POST', headers: {...http.headers, 'content-type': 'application/json',
    accept: 'application/json, text/event-stream'}, body: JSON.stringify(initialize(1, '2025-11-25'))});
  assert.equal((await alive()).status, 200, 'still there');
  if (existsSync(log)) renameSync(log, log + '.2');
  http.server.child.kill('SIGHUP');
  assert.deepEqual(await http.server.exited, {code: 0, signal: null});
  assert.match(readFileSync(log, 'utf8'), /ended/, 'the last lines are in the new file');
});

test('a server that was started by nohup does not end at SIGHUP', async (t) => {
  const server = await opened(t, ['--sandbox'], {launcher: ['sh', '-c', 'trap "" HUP; exec "$@"', 'sh']});
  server.child.kill('SIGHUP');
  assert.deepEqual((await server.request(ping(1))).result, {});
  assert.deepEqual(await server.close(), {code: 0, signal: null});
});

// Descriptors

const closings = ['<&-', '>&-', '2>&-', '<&- >&-', '<&- 2>&-', '>&- 2>&-', '<&- >&- 2>&-'];

for (const closing of closings) {
  test(`started with ${closing}: stdio ends or works, and nothing is written into a file that got the number`, (t) => {
    const message = JSON.stringify(initialize(1, '2025-11-25')) + '\\n' + JSON.stringify(ping(2)) + '\\n';
    const input = closing.includes('<&-') ? '' : `printf '${message}' |`;
    const {status, signal, home, stdout} = shell(t, `cd "$DIR"; ${input} "$BIN" --sandbox --log-level debug --log-file "$DIR/log" ${closing}`);
    assert.equal(signal, null, 'does not hang');
    assert.ok([0, 69].includes(status), `exit ${status}`);
    if (!closing.includes('>&-') || closing === '2>&-') {
      if (!closing.includes('<&-')) assert.match(stdout, /"id":2,"result":\{\}/, 'works');
    }
    const log = existsSync(path.join(home, 'log')) ? readFileSync(path.join(home, 'log'), 'utf8') : '';
    assert.doesNotMatch(log, /jsonrpc|agentphone-mcp:/, 'neither protocol nor stderr is in the log file');
  });
}

for (const closing of closings) {
  test(`started with ${closing}: http serves, and its sockets are no standard descriptors`, async (t) => {
    const http = await startHttpServer(t, {args: ['--sandbox'], launcher: ['sh', '-c', `exec "$@" ${closing}`, 'sh']});
    assert.equal((await fetch(http.url + '/healthz')).status, 200);
    if (process.platform === 'linux') {
      for (const fd of [0, 1, 2]) {
        const file = spawnSync('readlink', [`/proc/${http.server.child.pid}/fd/${fd}`], {encoding: 'utf8'}).stdout;
        assert.match(file, /^(\/dev\/null|pipe:|socket:)/, `descriptor ${fd} is ${file}`);
      }
    }
    assert.deepEqual(await http.stop(), {code: 0, signal: null});
  });
}

test('stdout that can only be read is refused at once', (t) => {
  const {status, stderr} = shell(t, '"$BIN" --sandbox 1</dev/null');
  assert.equal(status, 69);
  assert.match(stderr, /stdout cannot be used/);
});

// End of input

async function endOfInput(t, server) {
  const begin = performance.now();
  assert.deepEqual(await server.close(), {code: 0, signal: null});
  const ms = performance.now() - begin;
  t.diagnostic(`gone after ${Math.round(ms)} ms`);
  assert.ok(ms < goneWithin, `gone after ${Math.round(ms)} ms`);
}

test('end of input: tools that wait answer with what they have, and the process is gone', async (t) => {
  const server = await opened(t, ['--sandbox']);
  const account = (await signUp(server)).structuredContent;
  server.send(callTool(2, 'wait_for_message', {number_id: account.number_id, wait_seconds: 40}));
  server.send(callTool(3, 'place_call', {agent_id: account.agent_id, to_number: '+14155550123', system_prompt: 'Say hello.',
    initial_greeting: 'Hello', wait_seconds: 40}));
  // Answered behind them, so both were read and are at work.
  await server.request(callTool(4, 'list_agents', {}));
  await endOfInput(t, server);
  const answer = (id) => server.messages.find((message) => message.id === id)?.result;
  assert.equal(answer(2).structuredContent.found, false);
  assert.match(answer(2).structuredContent.next_step, /call wait_for_message with/);
  assert.match(JSON.stringify(answer(3).structuredContent), /call_[A-Za-z0-9]+/, 'the call that was placed is named');
});

test('end of input: a read that hangs is stopped and answered', async (t) => {
  const api = await slowApi(t);
  const server = await opened(t, [], {env: {...api.env, AGENTPHONE_API_KEY: 'sk_test_waiting01'}});
  server.send(callTool(1, 'list_agents', {}));
  await api.next();
  await endOfInput(t, server);
  assert.ok(server.messages.find((message) => message.id === 1)?.result.isError);
});

test('end of input: a question to the user ends, because no answer can come', async (t) => {
  const server = startRaw(t, ['--sandbox']);
  const hello = initialize('open', '2025-11-25');
  hello.params.capabilities = {elicitation: {}};
  await server.request(hello);
  server.send(initialized);
  const account = (await signUp(server)).structuredContent;
  server.send(callTool(2, 'delete_agent', {agent_id: account.agent_id}));
  await server.until('the question', () => server.messages.find((message) => message.method === 'elicitation/create'));
  await endOfInput(t, server);
  assert.ok(server.messages.find((message) => message.id === 2)?.result.isError);
});

test('end of input: a write has longer, and its answer is delivered', async (t) => {
  const api = await slowApi(t);
  const server = await opened(t, [], {env: {...api.env, AGENTPHONE_API_KEY: 'sk_test_writing01'}});
  server.send(callTool(1, 'send_sms', {agent_id: 'agt_1', to_number: '+14155550123', body: 'Hello'}));
  let exchange = await api.next();
  while (exchange.method === 'GET') {
    answerJson(exchange, {data: [], has_more: false});
    exchange = await api.next();
  }
  const ended = server.close();
  // Later than the moment at which reads are stopped: a read of the same age says when that was.
  await new Promise((resolve) => setTimeout(resolve, 1600));
  answerJson(exchange, {id: 'msg_late', status: 'queued', to: '+14155550123', body: 'Hello'});
  assert.deepEqual(await ended, {code: 0, signal: null});
  const answer = server.messages.find((message) => message.id === 1)?.result;
  assert.ok(!answer.isError, JSON.stringify(answer));
  assert.match(JSON.stringify(answer), /msg_late/);
});

// Responses

test('two servers whose pipes are crossed stay silent after the first error', async (t) => {
  const [a, b] = [startRaw(t, ['--sandbox']), startRaw(t, ['--sandbox'])];
  const cross = (from, to) => from.child.stdout.on('data', (chunk) => to.child.stdin.write(chunk));
  cross(a, b);
  cross(b, a);
  a.send('{oops\n');
  a.send('{"jsonrpc":"2.0","id":null,"method":"ping"}\n');
  a.send('7\n[]\n{}\n');
  await a.until('an error for each line', () => a.messages.length >= 5);
  // What b answered to those errors would be answered by a; a ping through both shows the silence.
  b.send(ping(1));
  await b.answerTo(1);
  a.send(ping(2));
  await a.answerTo(2);
  assert.equal(a.messages.filter((message) => message.error).length, 5);
  assert.equal(b.messages.filter((message) => message.error).length, 0);
  a.child.kill();
  b.child.kill();
});

for (const revision of legacyRevisions.slice(0, 2)) {
  test(`a batch of ${revision} is answered by one array, slow and quick requests alike`, async (t) => {
    const server = startRaw(t, ['--sandbox']);
    await server.request(initialize('open', revision));
    server.send(initialized);
    server.send([ping(1), callTool(2, 'list_agents', {}), {jsonrpc: '2.0', method: 'notifications/unknown'}, callTool(3, 'no_such_tool', {})]);
    const batch = await server.until('the array', () => server.messages.find(Array.isArray));
    assert.deepEqual(batch.map((message) => message.id).sort(), [1, 2, 3]);
    assert.deepEqual(await server.close(), {code: 0, signal: null});
    assert.equal(server.messages.length, 2);
  });
}

test('over HTTP a response is taken and never answered, however malformed', async (t) => {
  const http = await startHttpServer(t, {});
  const post = (body, headers = {}) => fetch(http.url + '/mcp', {method: 'POST', body, headers: {...http.headers, ...headers,
    'content-type': 'application/json', accept: 'application/json, text/event-stream'}});
  const open = await post(JSON.stringify(initialize(1, '2025-11-25')));
  const session = {'mcp-session-id': open.headers.get('mcp-session-id'), 'mcp-protocol-version': '2025-11-25'};
  for (const body of ['{"jsonrpc":"2.0","id":9,"result":{}}', '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"m"}}',
    '{"jsonrpc":"2.0","error":{"code":-32600,"message":"m"}}', '{"jsonrpc":"2.0","id":9,"result":{},"error":{}}',
    '{"id":1.5,"result":{}}', '[{"jsonrpc":"2.0","id":9,"result":{}}]']) {
    const reply = await post(body, session);
    assert.equal(reply.status, 202, body);
    assert.equal(await reply.text(), '', body);
  }
  await http.stop();
});

// The command line

function run(t, args, env = {}) {
  const home = makeHome(t);
  return spawnSync(binary, args, {env: cleanEnv(home, env), encoding: 'utf8', input: '', timeout: patience});
}

const keyPlaces = [
  ['--api-key', fakeKey], [`--api-key=${fakeKey}`], ['--api-key-fil', fakeKey], [`--api-key-fil=${fakeKey}`], [fakeKey],
  ['--api-key-file', fakeKey], ['--log-level', fakeKey], [`--log-level=${fakeKey}`], ['--log-format', fakeKey], ['--confirm', fakeKey],
  ['--sandbox-speed', fakeKey], [`--sandbox=${fakeKey}`], ['--voice-fallback', fakeKey], ['--webhook-listen', fakeKey],
  [`--${fakeKey}`], [`-${fakeKey}`], ['--no-such', fakeKey], ['http', fakeKey], ['http', '--port', fakeKey], ['http', '--host', fakeKey],
  ['http', '--replica', fakeKey], ['http', '--token-file', `/dev/null/${fakeKey}`], ['http', '--max-sessions', fakeKey],
  ['http', `--no-auth=${fakeKey}`], ['http', '--no-auth', '--token-file', fakeKey], ['sandbox', '--port', fakeKey],
  ['sandbox', '--tls-cert', fakeKey], ['sandbox', '--tls-cert', fakeKey, '--tls-key', fakeKey], ['--log-file', `/dev/null/${fakeKey}`],
  ['--api-key-file', '/dev/null', '--api-key-file', fakeKey], ['--webhook-secret-file', fakeKey, '--webhook-listen', '127.0.0.1:0'],
];

for (const args of keyPlaces) {
  test(`a key in the wrong place is not printed: ${args.join(' ').replaceAll(fakeKey, 'KEY')}`, (t) => {
    const {status, signal, stdout, stderr} = run(t, args);
    assert.notEqual(status, 0, 'refused');
    assert.equal(signal, null);
    assert.equal(stdout, '');
    assert.doesNotMatch(stderr, /neverprinted/);
    assert.match(stderr, /^agentphone-mcp: [^\n]+\n$/, 'one line');
  });
}

test('a password in the wrong place is not printed either, whatever it looks like', (t) => {
  for (const args of [['Tr0ub4dor'], ['--api-key', 'Tr0ub4dor'], ['--api-key=Tr0ub4dor'], ['--log-level', 'Tr0ub4dor'], ['http', '--port', 'Tr0ub4dor'],
    ['--sandbox=Tr0ub4dor'], ['--Tr0ub4dor'], ['http', '--replica', 'Tr0ub4dor'], ['--webhook-listen', 'Tr0ub4dor']]) {
    const {status, stderr} = run(t, args);
    assert.equal(status, 64, stderr);
    assert.doesNotMatch(stderr, /Tr0ub4dor/, args.join(' '));
  }
});

test('a value in the environment is not printed, and the variable is named', (t) => {
  for (const name of ['LOG_LEVEL', 'LOG_FORMAT', 'CONFIRM', 'SANDBOX_SPEED', 'VOICE_FALLBACK']) {
    const {status, stderr} = run(t, [], {[`AGENTPHONE_MCP_${name}`]: fakeKey});
    assert.equal(status, 64, name);
    assert.match(stderr, new RegExp(`AGENTPHONE_MCP_${name}`));
    assert.doesNotMatch(stderr, /neverprinted/);
  }
  assert.doesNotMatch(run(t, [], {AGENTPHONE_MCP_SANDBOX: fakeKey}).stderr, /neverprinted/);
  assert.doesNotMatch(run(t, [], {AGENTPHONE_API_KEY: 'not a key neverprinted'}).stderr, /neverprinted/);
  assert.doesNotMatch(run(t, [], {AGENTPHONE_BASE_URL: `https://user:${fakeKey}@api.agentphone.to`}).stderr, /neverprinted/);
});

test('--api-key says where a key belongs', (t) => {
  for (const args of [['--api-key', fakeKey], [`--api-key=${fakeKey}`], ['http', '--api-key', fakeKey]]) {
    const {stderr} = run(t, args);
    assert.match(stderr, /--api-key-file/);
    assert.match(stderr, /AGENTPHONE_API_KEY/);
  }
});

test('a wrong word names the words that are taken', (t) => {
  for (const [option, words] of [['--log-level', ['debug', 'info', 'warn', 'error', 'off']], ['--log-format', ['text', 'json']],
    ['--confirm', ['ask', 'argument', 'person']]]) {
    for (const value of ['loud', '', '2', 'INFO ']) {
      const {status, stderr} = run(t, [option, value]);
      assert.equal(status, 64, `${option} ${JSON.stringify(value)}: ${stderr}`);
      assert.match(stderr, new RegExp(`${option}.* must be one of ${words.join(', ')}`));
    }
  }
});

test('numbers that are none, and those out of range, are refused with the range', (t) => {
  for (const value of ['nan', 'NaN', 'inf', '-inf', 'infinity', '-1', '0', '-0', '1e9', '', ' ', '1x', '0x', '1e-9']) {
    const {status, stderr} = run(t, [`--sandbox-speed=${value}`, '--sandbox']);
    assert.equal(status, 64, `${JSON.stringify(value)}: ${stderr}`);
    assert.match(stderr, /--sandbox-speed.* must be a number from 0\.001 to 100000/);
  }
  for (const command of ['http', 'sandbox']) {
    for (const value of ['nan', '-1', '65536', '1.5', ' ', '80x', '99999999999999999999']) {
      const {status, stderr} = run(t, [command, `--port=${value}`]);
      assert.equal(status, 64, `${command} --port=${value}: ${stderr}`);
      assert.match(stderr, /--port.* must be a whole number from 0 to 65535/);
    }
  }
  assert.equal(run(t, ['http', '--port=']).status, 64);
  for (const value of ['nan', '0', '-1', '100001', '1e3', '']) {
    assert.equal(run(t, ['http', `--max-sessions=${value}`]).status, 64, value);
  }
  assert.equal(run(t, ['--sandbox', '--sandbox-speed', '0.5']).status, 0);
});

test('-V and --version print the version', (t) => {
  const long = run(t, ['--version']);
  const short = run(t, ['-V']);
  assert.equal(long.status, 0);
  assert.equal(short.status, 0);
  assert.match(short.stdout, /^agentphone-mcp \d+\.\d+\.\d+/);
  assert.equal(short.stdout, long.stdout);
});

for (const command of [[], ['stdio'], ['http'], ['sandbox']]) {
  test(`--help of ${command[0] ?? 'the program'}: 100 columns, defaults, exit codes, examples`, (t) => {
    const {status, stdout} = run(t, [...command, '--help']);
    assert.equal(status, 0);
    const lines = stdout.split('\n');
    for (const line of lines) assert.ok([...line].length <= 100, `${line.length} columns: ${line}`);
    assert.match(stdout, /^Exit codes:\n {2}0 {3}.*\n {2}64 /m);
    for (const code of [64, 69, 70, 73, 78]) assert.match(stdout, new RegExp(`^  ${code}  \\S`, 'm'));
    assert.match(stdout, /^Examples:\n {2}\S/m);
    // An option is its names and what stands behind and below them until the next one.
    const options = stdout.split(/^ {2}(?=-)/m).slice(1).map((text) => text.split(/\n\n|^Subcommands/m)[0]);
    for (const option of options.filter((text) => !/^(-h|-V)/.test(text))) assert.match(option, /default/, option);
    assert.doesNotMatch(stdout, /--api-key[ =]/);
  });
}

const noScript = process.platform !== 'linux' || !has('script') ? 'script (util-linux) is not installed' : false;

test('on a terminal a line says what the program waits for', {skip: noScript}, async (t) => {
  const home = makeHome(t);
  const child = spawn('script', ['-qec', `'${binary}' --sandbox`, '/dev/null'], {env: cleanEnv(home, {TERM: 'dumb', SHELL: '/bin/sh'})});
  let seen = '';
  const end = once(child, 'close');
  t.after(() => child.kill('SIGKILL'));
  await new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`seen: ${seen}`)), patience).unref();
    child.on('close', () => reject(new Error(`ended: ${seen}`)));
    child.stdout.setEncoding('utf8').on('data', (text) => {
      seen += text;
      if (/waiting for MCP messages on stdin/.test(seen)) resolve();
    });
  });
  child.stdin.write('\x04');
  assert.equal((await end)[0], 0);
});

test('on a pipe nothing is said', async (t) => {
  const server = await opened(t, ['--sandbox']);
  await server.close();
  assert.equal(server.stderr, '');
});

// Files

test('a key file with two names, or in a directory that others may write to, is refused with the reason', (t) => {
  const home = makeHome(t);
  const file = path.join(home, 'key');
  writeFileSync(file, 'sk_test_twonames0001\n', {mode: 0o600});
  const start = () => run(t, ['--api-key-file', file]);
  assert.equal(start().status, 0);
  linkSync(file, path.join(home, 'other'));
  const linked = start();
  assert.equal(linked.status, 78);
  assert.match(linked.stderr, /2 names/);
  rmSync(path.join(home, 'other'));
  chmodSync(home, 0o777);
  const open = start();
  assert.equal(open.status, 78);
  assert.match(open.stderr, /others may write to.*chmod go-w/);
  chmodSync(home, 0o700);
  assert.equal(start().status, 0);
});

const noMounts = process.platform !== 'linux' || !isRoot || spawnSync('unshare', ['-m', 'true']).status !== 0
  ? 'a full disk needs a mount of our own: root and unshare' : false;

/** The server with a disk of 16 KiB, already full, over `folder` of its home. */
function withFullDisk(folder) {
  return ['unshare', '-m', 'sh', '-c', `mkdir -p "$HOME/${folder}" && mount -t tmpfs -o size=16k tmpfs "$HOME/${folder}" && `
    + `{ dd if=/dev/zero of="$HOME/${folder}/filler" bs=4096 count=100 2>/dev/null; exec "$@"; }`, 'sh'];
}

function filesWithKey(folder) {
  return readdirSync(folder, {recursive: true, withFileTypes: true}).filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .filter((file) => statSync(file).size < 4096 && /^sk_(test|live)_/.test(readFileSync(file, 'utf8')));
}

test('a full disk in verify: the key is in a file of its own, which the result names', {skip: noMounts}, async (t) => {
  const sandbox = await startServedSandbox(t);
  const server = await opened(t, [], {env: {AGENTPHONE_BASE_URL: sandbox.url}, launcher: withFullDisk('.config')});
  const result = await signUp(server, sandbox.server);
  const [file] = filesWithKey(path.join(server.home, '.local'));
  assert.ok(file, JSON.stringify(result));
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.ok(result.content[0].text.includes(file), result.content[0].text);
  assert.ok(JSON.stringify(result.structuredContent).includes(file));
  assert.doesNotMatch(server.stdout + server.stderr, /sk_test_[A-Za-z0-9]{8}/);
  assert.deepEqual(await server.close(), {code: 0, signal: null});
});

test('nothing can be written in verify: the key works, the loss is said, and it is stored once there is room',
  {skip: noMounts}, async (t) => {
    const sandbox = await startServedSandbox(t);
    const home = makeHome(t);
    const full = path.join(home, 'full');
    mkdirSync(full);
    const server = await opened(t, [], {home, env: {AGENTPHONE_BASE_URL: sandbox.url, XDG_CONFIG_HOME: path.join(full, 'config'),
      XDG_STATE_HOME: path.join(full, 'state'), TMPDIR: path.join(full, 'tmp')}, launcher: withFullDisk('full')});
    const result = await signUp(server, sandbox.server);
    assert.match(result.content[0].text, /lost when this server exits/);
    assert.doesNotMatch(JSON.stringify(result), /sk_test_[A-Za-z0-9]{8}/);
    // In the mount namespace of the server.
    const inside = `/proc/${server.child.pid}/root${full}`;
    rmSync(path.join(inside, 'filler'));
    assert.ok(!(await server.request(callTool(5, 'list_agents', {}))).result.isError, 'the key works');
    assert.equal(filesWithKey(inside).length, 1, 'stored with the next call');
    assert.deepEqual(await server.close(), {code: 0, signal: null});
  });

test('a file size limit of 0 ends nothing by a signal, and no key is lost without a word', async (t) => {
  const sandbox = await startServedSandbox(t);
  const server = await opened(t, ['--log-file', '/dev/null'], {env: {AGENTPHONE_BASE_URL: sandbox.url},
    launcher: ['sh', '-c', 'ulimit -f 0; exec "$@"', 'sh']});
  const {result: up, error} = await server.request(callTool('up', 'sign_up', {human_email: 'owner@example.com'}));
  if (error) {
    assert.match(error.message, /could not load/, 'modules are files to the system');
  } else {
    const code = await sandbox.server.until('the code', () => sandboxCode(sandbox.server.stderr, 'owner@example.com'));
    const verified = (await server.request(callTool(2, 'verify', {verification_id: up.structuredContent.verification_id, otp_code: code}))).result;
    assert.match(verified.content[0].text, /lost when this server exits/);
  }
  assert.deepEqual(await server.close(), {code: 0, signal: null});
});

test('a file size limit of 0 and a log file: the server starts and ends as usual', (t) => {
  const {status, signal} = shell(t, 'ulimit -f 0; "$BIN" --sandbox --log-level debug --log-file "$DIR/log" </dev/null');
  assert.equal(signal, null);
  assert.equal(status, 0);
});

// Modules

const noPrlimit = process.platform !== 'linux' || !has('prlimit') ? 'prlimit (util-linux) is not installed' : false;

test('a module that could not be loaded for want of descriptors is loaded with the next call', {skip: noPrlimit}, async (t) => {
  const server = await opened(t, ['--sandbox', '--log-level', 'off']);
  const limit = (count) => spawnSync('prlimit', ['--pid', String(server.child.pid), `--nofile=${count}:4096`]);
  if (limit(4).status !== 0) return t.skip('limits of another process cannot be changed here');
  const {error} = await server.request(callTool(1, 'sign_up', {human_email: 'owner@example.com'}));
  if (!error) return t.skip('the modules of this build are linked in');
  assert.match(error.message, /could not load/);
  limit(1024);
  const second = (await server.request(callTool(2, 'sign_up', {human_email: 'owner@example.com'}))).result;
  assert.ok(!second.isError, JSON.stringify(second));
  assert.deepEqual(await server.close(), {code: 0, signal: null});
});
