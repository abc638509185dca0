// Who is let in over HTTP, and what the others are told: probes, browsers, other ports of this machine, clients that look for a
// sign-in page. Raw requests where a library would hide what matters, real clients where they decide.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import http from 'node:http';
import net from 'node:net';
import {test} from 'node:test';
import {registerClient} from '@modelcontextprotocol/sdk/client/auth.js';
import {startHttpServer} from './support/http_server.mjs';
import {initialize, modernMeta, modernRevision} from './support/protocol.mjs';

const page = 'http://localhost:6274';
const json = {'content-type': 'application/json', accept: 'application/json, text/event-stream'};
const ping = JSON.stringify(initialize(1, '2025-11-25'));

/** Status, headers and body of one request with exactly these headers: fetch would not let Host and Origin through. */
async function ask(server, method, path, headers = {}, body = undefined) {
  const request = http.request({host: '127.0.0.1', port: server.port, method, path, headers, agent: false});
  request.end(body);
  const [response] = await once(request, 'response');
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return {status: response.statusCode, headers: response.headers, text, json: () => JSON.parse(text)};
}

/** Everything that comes back for these bytes until the server closes. */
async function raw(server, bytes) {
  const socket = net.connect(server.port, '127.0.0.1');
  socket.write(bytes);
  let answer = '';
  for await (const chunk of socket.setEncoding('latin1')) answer += chunk;
  return answer;
}

test('probes are answered by any name, without one in HTTP/1.0, and to HEAD', async (t) => {
  const server = await startHttpServer(t);
  for (const [path, word] of [['/healthz', 'ok\n'], ['/readyz', 'ready\n'], ['/healthz/', 'ok\n']]) {
    for (const host of ['10.1.2.3:8642', 'phone.internal', `127.0.0.1:${server.port}`]) {
      const get = await ask(server, 'GET', path, {host});
      assert.deepEqual([get.status, get.text], [200, word], `${path} for ${host}`);
      const head = await ask(server, 'HEAD', path, {host});
      assert.deepEqual([head.status, head.text], [200, '']);
    }
    const old = await raw(server, `GET ${path} HTTP/1.0\r\n\r\n`);
    assert.match(old, /^HTTP\/1\.[01] 200 /);
    assert.ok(old.endsWith(`\r\n\r\n${word}`), old);
    const head = await raw(server, `HEAD ${path} HTTP/1.0\r\n\r\n`);
    assert.match(head, /^HTTP\/1\.[01] 200 [^]*\r\n\r\n$/);
  }
  assert.match(await raw(server, 'POST /mcp HTTP/1.0\r\nContent-Length: 0\r\n\r\n'), /^HTTP\/1\.[01] 403 /);
});

test('a browser at an allowed origin can preflight, initialize, read the session id and read every refusal', async (t) => {
  const server = await startHttpServer(t, {args: ['--sandbox', '--allowed-origin', `${page}/`]});
  const host = `localhost:${server.port}`;
  const preflight = await ask(server, 'OPTIONS', '/mcp', {host, origin: page, 'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type,mcp-param-agent,mcp-protocol-version',
    'access-control-request-private-network': 'true'});
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers['access-control-allow-origin'], page);
  assert.equal(preflight.headers['access-control-allow-private-network'], 'true');
  assert.match(preflight.headers.vary, /\borigin\b/i);
  const allowed = preflight.headers['access-control-allow-headers'].toLowerCase().split(/, */);
  for (const name of ['authorization', 'content-type', 'accept', 'mcp-session-id', 'mcp-protocol-version', 'last-event-id',
    'mcp-method', 'mcp-name', 'mcp-param-agent', 'x-agentphone-key']) assert.ok(allowed.includes(name), name);
  for (const method of ['GET', 'POST', 'DELETE']) assert.ok(preflight.headers['access-control-allow-methods'].includes(method));

  const opened = await ask(server, 'POST', '/mcp', {host, origin: page, ...json, ...server.headers}, ping);
  assert.equal(opened.status, 200);
  assert.ok(opened.headers['mcp-session-id']);
  assert.match(opened.headers['access-control-expose-headers'], /mcp-session-id/i);
  for (const [method, path, headers, status] of [['POST', '/mcp', json, 401], ['GET', '/mcp', server.headers, 405],
    ['GET', '/.well-known/oauth-protected-resource/mcp', {}, 404], ['POST', '/register', json, 404], ['GET', '/', {}, 404],
    ['PUT', '/mcp', server.headers, 405], ['POST', '/mcp', {...server.headers, 'content-type': 'text/plain'}, 415]]) {
    const refused = await ask(server, method, path, {host, origin: page, ...headers}, method === 'POST' ? '{}' : undefined);
    assert.equal(refused.status, status, `${method} ${path}`);
    assert.equal(refused.headers['access-control-allow-origin'], page);
    assert.ok(refused.json().error, refused.text);
  }
  for (const origin of ['http://localhost:3000', 'https://localhost:6274', 'http://evil.example.com', 'null']) {
    const foreign = await ask(server, 'OPTIONS', '/mcp', {host, origin, 'access-control-request-method': 'POST'});
    assert.equal(foreign.status, 403);
    assert.equal(foreign.headers['access-control-allow-origin'], undefined);
  }
});

test('--allowed-origin takes an origin and nothing wider', async (t) => {
  for (const origin of ['*', 'null', 'localhost:6274', 'http://*', 'http://localhost:6274/mcp']) {
    await assert.rejects(startHttpServer(t, {args: ['--sandbox', '--allowed-origin', origin]}), /is not an origin/);
  }
});

test('another port of this machine is a stranger, and the refusal and the log name the option', async (t) => {
  const server = await startHttpServer(t, {args: ['--sandbox', '--no-auth']});
  const own = `127.0.0.1:${server.port}`;
  const post = (headers) => ask(server, 'POST', '/mcp', {host: own, ...json, ...headers}, ping);
  for (const name of ['127.0.0.1', 'localhost', '[::1]']) {
    assert.equal((await post({host: `${name}:${server.port}`, origin: `http://${name}:${server.port}`})).status, 200);
    const host = await post({host: `${name}:6274`});
    assert.equal(host.status, 403);
    assert.ok(host.json().error.message.includes(`--allowed-host ${name}:6274`), host.text);
    const origin = await post({origin: `http://${name}:6274`});
    assert.equal(origin.status, 403);
    assert.ok(origin.json().error.message.includes(`--allowed-origin http://${name}:6274`), origin.text);
  }
  assert.equal((await post({origin: 'http://localhost'})).status, 403, 'port 80');
  const {server: process} = server;
  await process.until('both lines in the log', () => /--allowed-host 127[^]*--allowed-origin http:\/\/127\.0\.0\.1:6274/.test(process.stderr));
  assert.equal(process.stderr.match(/http_refused/g).length, 2, 'one line for each kind');

  const tunnel = await startHttpServer(t, {args: ['--sandbox', '--no-auth', '--allowed-host', 'localhost:9000']});
  assert.equal((await ask(tunnel, 'POST', '/mcp', {host: 'localhost:9000', ...json}, ping)).status, 200);
  assert.equal((await ask(tunnel, 'POST', '/mcp', {host: 'localhost:9001', ...json}, ping)).status, 403);
});

test('a client that tries to sign in prints what to send instead', async (t) => {
  const server = await startHttpServer(t);
  for (const path of ['/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/mcp',
    '/.well-known/oauth-authorization-server', '/.well-known/openid-configuration', '/register', '/authorize', '/token']) {
    const answer = await ask(server, path === '/register' ? 'POST' : 'GET', path, json, path === '/register' ? '{}' : undefined);
    assert.equal(answer.status, 404, path);
    assert.match(answer.json().error_description, /no sign-in page: send Authorization: Bearer/);
  }
  // The official SDK, with which mcp-remote and others register.
  await assert.rejects(registerClient(new URL(server.url), {clientMetadata: {client_name: 'e2e', redirect_uris: ['http://localhost:1/']}}),
    (error) => /^This server has no sign-in page: send Authorization: Bearer/.test(error.message));
});

test('GET before initialize is not allowed yet; an unknown revision is answered with the known ones; /mcp/ is /mcp', async (t) => {
  const server = await startHttpServer(t);
  const early = await ask(server, 'GET', '/mcp', {...server.headers, accept: 'text/event-stream'});
  assert.deepEqual([early.status, early.headers.allow], [405, 'POST']);
  const body = JSON.stringify({jsonrpc: '2.0', id: 7, method: 'tools/list'});
  const unknown = await ask(server, 'POST', '/mcp', {...json, ...server.headers, 'mcp-protocol-version': '2031-01-01'}, body);
  assert.equal(unknown.status, 400);
  assert.match(unknown.json().error.message, /2024-11-05, 2025-03-26, 2025-06-18, 2025-11-25, 2026-07-28/);
  const listed = await ask(server, 'POST', '/mcp/', {...json, ...server.headers, 'mcp-protocol-version': modernRevision,
    'mcp-method': 'tools/list'}, JSON.stringify({jsonrpc: '2.0', id: 7, method: 'tools/list', params: {_meta: modernMeta()}}));
  assert.ok(listed.json().result.tools.length > 20);
  for (const path of ['/mcp', '/sse']) assert.equal((await ask(server, 'HEAD', path, server.headers)).status, 405);
  assert.equal((await ask(server, 'HEAD', '/metrics')).status, 200);
});
