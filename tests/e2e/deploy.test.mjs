// The deployment examples, used as they stand: nginx in front of two replicas, and the systemd unit.
import assert from 'node:assert/strict';
import {execFileSync, spawn, spawnSync} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {makeHome, patience} from './support/binary.mjs';
import {startHttpServer} from './support/http_server.mjs';
import {modernRevision, toolNames} from './support/protocol.mjs';
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

const noSystemd = !has('systemd-analyze', '--version') && 'systemd-analyze is not installed';

test('the systemd unit is valid and locks the process in', {skip: noSystemd}, (t) => {
  const unit = path.join(deploy, 'agentphone-mcp.service');
  const rated = execFileSync('systemd-analyze', ['security', '--offline=true', '--no-pager', unit], {encoding: 'utf8'});
  const exposure = Number(rated.match(/Overall exposure level for .*: ([\d.]+)/)[1]);
  t.diagnostic(`systemd-analyze security: ${exposure}`);
  assert.ok(exposure <= 1.5, rated);
});
