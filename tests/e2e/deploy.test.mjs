// The deployment examples, used as they stand: nginx in front of two replicas, and the systemd unit.
import assert from 'node:assert/strict';
import {execFileSync, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {binary, makeHome, patience} from './support/binary.mjs';
import {startHttpServer} from './support/http_server.mjs';
import {modernMeta, modernRevision, toolNames} from './support/protocol.mjs';
import {startServedSandbox} from './support/served_sandbox.mjs';
import {makeTestCa} from './support/test_ca.mjs';

const deploy = fileURLToPath(new URL('../../examples/deploy/', import.meta.url));
const has = (command, ...args) => spawnSync(command, args, {stdio: 'ignore'}).status === 0;

async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** nginx with the example, on a port of ours and with a certificate of ours. */
async function startNginx(t, home, replicas, ca) {
  const port = await freePort();
  const example = readFileSync(path.join(deploy, 'nginx.conf'), 'utf8')
    .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
    .replaceAll('127.0.0.1:8081', `127.0.0.1:${replicas[0].port}`)
    .replaceAll('127.0.0.1:8082', `127.0.0.1:${replicas[1].port}`)
    .replace('/etc/ssl/phone.example.com.pem', ca.cert)
    .replace('/etc/ssl/phone.example.com.key', ca.key);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  for (const name of temporary) mkdirSync(path.join(home, name));
  const config = path.join(home, 'nginx.conf');
  writeFileSync(config, `daemon off;\nmaster_process off;\npid ${home}/nginx.pid;\nerror_log stderr;\nevents {}\nhttp {\n`
    + temporary.map((name) => `${name}_temp_path ${home}/${name};\n`).join('')
    + `log_format upstream '$upstream_addr';\naccess_log ${home}/access.log upstream;\n${example}}\n`);
  const nginx = spawn('nginx', ['-c', config, '-p', home, '-e', 'stderr'], {stdio: ['ignore', 'ignore', 'pipe']});
  let stderr = '';
  nginx.stderr.setEncoding('utf8').on('data', (text) => { stderr += text; });
  t.after(() => nginx.kill('SIGTERM'));
  const deadline = Date.now() + patience;
  for (;;) {
    const open = await new Promise((resolve) => {
      const socket = net.connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (open) break;
    assert.ok(Date.now() < deadline && nginx.exitCode === null, `nginx does not answer: ${stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {port, log: () => readFileSync(path.join(home, 'access.log'), 'utf8').trim().split('\n')};
}

const noNginx = !has('nginx', '-v') && 'nginx is not installed';

test('nginx spreads stateless requests over two replicas, and keeps sessions where they are', {skip: noNginx}, async (t) => {
  const home = makeHome(t);
  const ca = makeTestCa(home);
  const start = (name) => startHttpServer(t, {home: makeHome(t), args: ['--sandbox', '--no-auth', '--replica', name,
    '--allowed-host', 'phone.example.com']});
  const replicas = await Promise.all([start('a'), start('b')]);
  const nginx = await startNginx(t, home, replicas, ca);
  // Node trusts our CA through the environment only, so the clients run in a process of their own.
  const child = spawnSync(process.execPath, [fileURLToPath(new URL('support/deploy_client.mjs', import.meta.url)),
    `https://127.0.0.1:${nginx.port}/mcp`], {env: {...process.env, NODE_EXTRA_CA_CERTS: ca.ca}, encoding: 'utf8', timeout: patience * 3});
  assert.equal(child.status, 0, child.stderr);
  const seen = JSON.parse(child.stdout);
  assert.equal(seen.modern.revision, modernRevision);
  assert.ok(seen.modern.lists.every((names) => names.join() === toolNames.join()));
  assert.ok(seen.sessions.every((session) => session.lists.every((names) => names.join() === toolNames.join())));
  assert.deepEqual([...new Set(seen.sessions.map((session) => session.id.slice(0, 2)))].sort(), ['a.', 'b.']);
  const spread = new Map();
  for (const upstream of nginx.log()) spread.set(upstream, (spread.get(upstream) ?? 0) + 1);
  assert.deepEqual([...spread.keys()].sort(), replicas.map((r) => `127.0.0.1:${r.port}`).sort());
  t.diagnostic(`requests by replica: ${[...spread.values()].join(' and ')}`);
});

// Node would compare the certificate with the Host that is sent.
const checkServerIdentity = () => undefined;

/** One modern request for a tool, and its message. `target`: {port, ca} for nginx, {port} for a replica. */
async function callTool(target, params, token) {
  const body = {jsonrpc: '2.0', id: 1, method: 'tools/call', params: {...params,
    _meta: modernMeta({'io.modelcontextprotocol/clientCapabilities': {elicitation: {form: {}}}})}};
  const request = (target.ca ? https : http).request({host: '127.0.0.1', port: target.port, path: '/mcp', method: 'POST', ca: target.ca, checkServerIdentity,
    headers: {host: 'phone.example.com', authorization: `Bearer ${token}`, 'content-type': 'application/json',
      accept: 'application/json, text/event-stream', 'mcp-protocol-version': modernRevision, 'mcp-method': 'tools/call',
      'mcp-name': params.name}});
  request.end(JSON.stringify(body));
  const [response] = await once(request, 'response');
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  if (response.headers['content-type'].startsWith('application/json')) return JSON.parse(text);
  return JSON.parse(text.split('\n').filter((line) => line.startsWith('data: {')).at(-1).slice(6));
}

test('an answer of the user counts at any replica, and once', {skip: noNginx}, async (t) => {
  const home = makeHome(t);
  const ca = makeTestCa(home);
  const sandbox = await startServedSandbox(t);
  const shared = path.join(home, 'shared');
  mkdirSync(shared, {mode: 0o700});
  const token = '0123456789abcdef0123456789abcdef';
  writeFileSync(path.join(shared, 'token'), `${token}\n`, {mode: 0o600});
  const stateKey = path.join(shared, 'state-key');
  const start = (name) => startHttpServer(t, {home: makeHome(t), env: {AGENTPHONE_BASE_URL: sandbox.url, AGENTPHONE_API_KEY: 'sk_test_x',
    AGENTPHONE_MCP_HTTP_STATE_KEY_FILE: stateKey, AGENTPHONE_MCP_STATE_DIR: path.join(shared, 'state')},
  args: ['--token-file', path.join(shared, 'token'), '--replica', name, '--allowed-host', 'phone.example.com']});
  // At the same time, so that both want to make the key.
  const replicas = await Promise.all([start('a'), start('b')]);
  assert.equal(statSync(stateKey).mode & 0o777, 0o600);
  const nginx = await startNginx(t, home, replicas, ca);
  const door = {port: nginx.port, ca: readFileSync(ca.ca)};
  const buy = {name: 'buy_number', arguments: {country: 'US'}};
  const posts = async () => (await sandbox.requests()).filter((r) => r.method === 'POST' && r.path === '/v1/numbers').length;

  const question = async (target = door) => {
    const {result} = await callTool(target, buy, token);
    assert.equal(result.resultType, 'input_required', JSON.stringify(result));
    const yes = Object.fromEntries(Object.keys(result.inputRequests).map((key) => [key, {action: 'accept', content: {confirm: true}}]));
    return {...buy, inputResponses: yes, requestState: result.requestState};
  };
  const everywhere = (answer) => Promise.all([door, ...replicas].map((target) => callTool(target, answer, token)));
  const isDone = ({result}) => result?.structuredContent?.number !== undefined && !result.isError;

  for (let i = 1; i <= 3; i += 1) {  // nginx takes turns: each answer reaches the other replica
    const answer = await question();
    const reply = await callTool(door, answer, token);
    assert.ok(isDone(reply), JSON.stringify(reply));
    // The preview is another one by now, so that the old answer to it does not count.
    assert.deepEqual((await everywhere(answer)).map(isDone), [false, false, false]);
    assert.equal(await posts(), i);
  }

  // At the same time, before the first has changed the preview.
  await sandbox.fault({method: 'POST', path_prefix: '/v1/numbers', delay_ms: 500});
  const raced = await everywhere(await question());
  assert.equal(raced.filter(isDone).length, 1, JSON.stringify(raced));
  assert.equal(await posts(), 4);

  // One after the other, with a preview that stays: the purchase fails. Also when the replica that was used starts again.
  await sandbox.fault({method: 'POST', path_prefix: '/v1/numbers', status: 402});
  const failed = await question();
  assert.ok((await callTool(replicas[0], failed, token)).result.isError);
  assert.equal(await posts(), 5);
  await replicas[0].stop();
  replicas[0] = await start('a');
  for (const reply of await Promise.all(replicas.map((target) => callTool(target, failed, token)))) {
    assert.match(JSON.stringify(reply), /was used before/);
  }
  assert.equal(await posts(), 5);
});

test('through nginx a client without a token is told what to send', {skip: noNginx}, async (t) => {
  const home = makeHome(t);
  const ca = makeTestCa(home);
  const replica = await startHttpServer(t, {home: makeHome(t), args: ['--sandbox', '--allowed-host', 'phone.example.com']});
  const nginx = await startNginx(t, home, [replica, replica], ca);
  for (const [where, status] of [['/.well-known/oauth-protected-resource/mcp', 404], ['/register', 404], ['/mcp/', 405]]) {
    const request = https.get({host: '127.0.0.1', port: nginx.port, path: where, ca: readFileSync(ca.ca), checkServerIdentity,
      headers: {host: 'phone.example.com', authorization: `Bearer ${replica.token}`}});
    const [response] = await once(request, 'response');
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk;
    assert.equal(response.statusCode, status, where);
    if (status === 404) assert.match(JSON.parse(text).error_description, /Authorization: Bearer/);
  }
});

test('a state key that cannot be used keeps the server from starting', async (t) => {
  const home = makeHome(t);
  const file = path.join(home, 'state-key');
  const start = () => startHttpServer(t, {args: ['--sandbox', '--no-auth', '--state-key-file', file, '--state-dir', path.join(home, 'state')]});
  for (const [text, mode, why] of [['short\n', 0o600, /at least 32 bytes/], ['', 0o600, /is empty/], ['x'.repeat(64), 0o644, /chmod 600/]]) {
    writeFileSync(file, text, {mode});
    chmodSync(file, mode);
    await assert.rejects(start(), why);
  }
});

const unitFile = path.join(deploy, 'agentphone-mcp.service');
const noSystemd = !has('systemd-analyze', '--version') && 'systemd-analyze is not installed';

test('the systemd unit is valid and locks the process in', {skip: noSystemd}, (t) => {
  const rated = execFileSync('systemd-analyze', ['security', '--offline=true', '--no-pager', unitFile], {encoding: 'utf8'});
  const exposure = Number(rated.match(/Overall exposure level for .*: ([\d.]+)/)[1]);
  t.diagnostic(`systemd-analyze security: ${exposure}`);
  assert.ok(exposure <= 1.5, rated);
  // With a program that is installed here, for it must be there.
  const copy = path.join(makeHome(t), 'agentphone-mcp.service');
  writeFileSync(copy, readFileSync(unitFile, 'utf8').replace('/usr/bin/agentphone-mcp', binary));
  const verified = spawnSync('systemd-analyze', ['verify', copy], {encoding: 'utf8'});
  assert.equal(verified.status, 0, verified.stderr);
  assert.equal(verified.stderr, '');
});

/** The values of one setting of the unit, in order. */
const setting = (name) => [...readFileSync(unitFile, 'utf8').matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map((found) => found[1]);

const noSandbox = process.platform !== 'linux' || process.getuid() !== 0 || !has('unshare', '-m', 'true') || !has('setpriv', '--version')
  ? 'the restrictions of the unit need root, unshare and setpriv' : false;

/** What systemd makes of the unit before it starts the program: DynamicUser, ProtectSystem, ProtectHome, PrivateTmp. */
const restrict = `set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /mnt
install -m 755 "$PROGRAM" /mnt/program
mount -t tmpfs -o mode=755 tmpfs /var/lib
mkdir -p /var/lib/private && install -d -m "$STATE_MODE" -o "$UNIT_UID" -g "$UNIT_UID" "/var/lib/private/$STATE"
ln -s "private/$STATE" "/var/lib/$STATE"
mount -t tmpfs -o mode=755 tmpfs /run
install -d -m "$CREDENTIALS_DIRECTORY_MODE" -o "$UNIT_UID" -g "$UNIT_UID" /run/credentials/unit
cp "$SECRETS/api-key" "$SECRETS/token" /run/credentials/unit/
chmod "$CREDENTIALS_MODE" /run/credentials/unit/* && chown "$CREDENTIALS_OWNER" /run/credentials/unit/*
for folder in /home /root; do mount -t tmpfs -o ro,mode=000 tmpfs "$folder"; done
for folder in /tmp /var/tmp; do mount -t tmpfs -o mode=1777 tmpfs "$folder"; done
for folder in /mnt /run /; do mount -o remount,bind,ro "$folder"; done
cd /
exec setpriv --reuid "$UNIT_UID" --regid "$UNIT_UID" --clear-groups --no-new-privs --bounding-set -all \
  --inh-caps -all -- env -i PATH=/usr/bin:/bin "$@"`;

/** Starts the unit's command line as systemd would, on a free port. */
async function startUnit(t, {credentials, more = []}) {
  const home = makeHome(t);
  const port = await freePort();
  const uid = 61234;
  writeFileSync(path.join(home, 'api-key'), 'sk_live_unit00000001\n');
  writeFileSync(path.join(home, 'token'), 'a-token-of-the-unit-test\n');
  const expand = (text) => text.replaceAll('%d', '/run/credentials/unit').replaceAll('%S', '/var/lib').replace('--port 8081', `--port ${port}`)
    .replace('/usr/bin/agentphone-mcp', '/mnt/program');
  const [state = ''] = setting('StateDirectory');
  const [stateMode = '755'] = setting('StateDirectoryMode');
  const variables = setting('Environment').flatMap((line) => expand(line).split(' '));
  const program = spawn('unshare', ['-m', 'sh', '-c', restrict, 'sh', 'HOME=/', ...variables, ...expand(setting('ExecStart')[0]).split(' '), ...more],
    {stdio: ['ignore', 'ignore', 'pipe'], env: {PATH: process.env.PATH, PROGRAM: binary, STATE: state || 'none', STATE_MODE: stateMode,
      UNIT_UID: String(uid), SECRETS: home, CREDENTIALS_DIRECTORY_MODE: '500', CREDENTIALS_MODE: credentials.mode,
      CREDENTIALS_OWNER: credentials.owner(uid)}});
  let stderr = '';
  program.stderr.setEncoding('utf8').on('data', (text) => { stderr += text; });
  t.after(() => program.kill('SIGKILL'));
  const ended = new Promise((resolve) => program.on('close', (code, signal) => resolve({code, signal})));
  const deadline = Date.now() + patience;
  while (!/listening on/.test(stderr)) {
    assert.ok(Date.now() < deadline && program.exitCode === null, `not started: ${stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {port, root: `/proc/${program.pid}/root`, log: () => stderr, stop: () => {
    program.kill('SIGTERM');
    return ended;
  }};
}

const credentialsOf = {
  'owned by the unit': {mode: '400', owner: (uid) => `${uid}:${uid}`},
  'owned by root and readable for its group': {mode: '440', owner: (uid) => `0:${uid}`},
};

for (const [owned, credentials] of Object.entries(credentialsOf)) {
  for (const more of [[], ['--inbox']]) {
    test(`the unit starts under its restrictions and keeps its state${more.length > 0 ? ' and the inbox' : ''}: credentials ${owned}`,
      {skip: noSandbox}, async (t) => {
        const unit = await startUnit(t, {credentials, more});
        const meta = modernMeta();
        meta['io.modelcontextprotocol/clientCapabilities'] = {extensions: {'io.modelcontextprotocol/tasks': {}}};
        const reply = await fetch(`http://127.0.0.1:${unit.port}/mcp`, {method: 'POST', headers: {
          authorization: 'Bearer a-token-of-the-unit-test', 'content-type': 'application/json',
          accept: 'application/json, text/event-stream', 'mcp-protocol-version': modernRevision, 'mcp-method': 'tasks/get', 'mcp-name': 'task_unknown'},
        body: JSON.stringify({jsonrpc: '2.0', id: 1, method: 'tasks/get', params: {taskId: 'task_unknown', _meta: meta}})});
        t.diagnostic(await reply.text());
        const state = path.join(unit.root, 'var/lib/private/agentphone-mcp/state');
        assert.ok(existsSync(path.join(state, 'tasks.db')), `tasks are in memory: ${unit.log()}`);
        assert.equal(existsSync(path.join(state, 'inbox.db')), more.length > 0);
        assert.doesNotMatch(unit.log(), /tasks_in_memory/);
        assert.deepEqual(await unit.stop(), {code: 0, signal: null});
      });
  }
}
