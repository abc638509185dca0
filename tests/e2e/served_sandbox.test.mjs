// The same binary against the REST API over real HTTP and TLS, served by `agentphone-mcp sandbox`.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {setTimeout as pause} from 'node:timers/promises';
import {callUnconfirmed, openAccount, runAllTools} from './client_suite.mjs';
import {makeHome, startRaw} from './support/binary.mjs';
import {legacy, modern} from './support/clients.mjs';
import {startServedSandbox} from './support/served_sandbox.mjs';
import {makeTestCa} from './support/test_ca.mjs';
import {friend, textOf} from './tool_cases.mjs';

const key = 'sk_test_x';
const withKey = (sandbox) => ({sandbox, env: {AGENTPHONE_BASE_URL: sandbox.url, AGENTPHONE_API_KEY: key}});
const clients = [legacy, modern];

async function sendText(connection) {
  const {structuredContent: overview} = await connection.call('account_overview', {});
  const agent = overview.agents[0];
  return connection.call('send_sms', {agent_id: agent.agent_id, to_number: friend, body: 'Are you open?'});
}

for (const kind of clients) {
  test(`${kind.label}: every tool works over real HTTP, from sign-up on`, async (t) => {
    const sandbox = await startServedSandbox(t, {args: ['--sandbox-speed', '200']});
    await runAllTools(t, await kind.connect(t, {sandbox, env: {AGENTPHONE_BASE_URL: sandbox.url,
      AGENTPHONE_MCP_WEBHOOK_LISTEN: '127.0.0.1:0'}}));
  });

  test(`${kind.label}: a key from the environment is used, and the account behind it answers`, async (t) => {
    const sandbox = await startServedSandbox(t);
    const connection = await kind.connect(t, withKey(sandbox));
    const sent = await sendText(connection);
    assert.ok(!sent.isError, textOf(sent));
    const posts = (await sandbox.requests()).filter((r) => r.method === 'POST');
    assert.deepEqual(posts.map((r) => r.path), ['/v1/messages']);
    connection.check.verify();
  });

  test(`${kind.label}: unconfirmed destruction sends nothing but reads`, async (t) => {
    const sandbox = await startServedSandbox(t);
    const connection = await kind.connect(t, withKey(sandbox));
    const {structuredContent: overview} = await connection.call('account_overview', {});
    const [agent] = overview.agents;
    const calls = await callUnconfirmed(connection, {agentId: agent.agent_id, numberId: agent.numbers[0].number_id});
    assert.equal(calls, 18);
    const methods = new Set((await sandbox.requests()).map((r) => r.method));
    assert.deepEqual([...methods], ['GET']);
  });

  test(`${kind.label}: a call cancelled in flight is not answered, and the next one works`, async (t) => {
    const sandbox = await startServedSandbox(t);
    const connection = await kind.connect(t, withKey(sandbox));
    await connection.call('list_agents', {});
    await sandbox.fault({method: 'GET', path_prefix: '/v1/numbers', delay_ms: 60_000});
    const abort = new AbortController();
    const begin = Date.now();
    const call = connection.call('list_numbers', {}, {signal: abort.signal});
    await pause(200);
    abort.abort();
    await assert.rejects(call);
    const cancelled = connection.check.outgoing.find((m) => m.params?.name === 'list_numbers');
    assert.ok(connection.check.outgoing.some((m) => m.method === 'notifications/cancelled' && m.params.requestId === cancelled.id));

    const next = await connection.call('list_agents', {});
    assert.ok(!next.isError, textOf(next));
    await connection.close();
    assert.ok(Date.now() - begin < 30_000, 'neither the next call nor the end waited for the cancelled one');
    assert.deepEqual(connection.check.seen.filter((m) => m.id === cancelled.id), []);
  });
}

test('a write whose answer is lost is sent once, and its outcome is called unknown', async (t) => {
  const sandbox = await startServedSandbox(t);
  const connection = await legacy.connect(t, withKey(sandbox));
  await sandbox.fault({method: 'POST', path_prefix: '/v1/messages', cut: 'after'});
  const sent = await sendText(connection);
  assert.equal(sent.isError, true);
  assert.equal(sent.structuredContent.error.code, 'outcome_unknown');
  // The server looks for itself and names what it found, or says where to look.
  assert.match(textOf(sent), /msg_|list_messages/);
  assert.equal((await sandbox.requests()).filter((r) => r.method === 'POST').length, 1);
});

test('a refused key is reported without being shown', async (t) => {
  const sandbox = await startServedSandbox(t);
  await sandbox.fault({path_prefix: '/v1/', status: 401, times: -1});
  const connection = await legacy.connect(t, {sandbox, env: {AGENTPHONE_BASE_URL: sandbox.url, AGENTPHONE_API_KEY: 'sk_test_abcdefghijkl'}});
  const result = await connection.call('list_agents', {});
  assert.equal(result.isError, true);
  assert.match(textOf(result), /key/i);
  assert.doesNotMatch(JSON.stringify(result), /abcdefghijkl/);
});

test('a stored key is found again by the next process', async (t) => {
  const sandbox = await startServedSandbox(t);
  const options = {sandbox, home: makeHome(t), env: {AGENTPHONE_BASE_URL: sandbox.url}};
  const first = await legacy.connect(t, options);
  const account = await openAccount(first);
  await first.close();
  const second = await modern.connect(t, options);
  const agents = await second.call('list_agents', {});
  assert.ok(agents.structuredContent.agents.some((agent) => agent.agent_id === account.agentId), textOf(agents));
});

test('TLS: the whole way over https with a test CA; without it, or with another, not a byte of HTTP', async (t) => {
  const folder = makeHome(t);
  const ours = makeTestCa(folder, 'ours');
  const other = makeTestCa(folder, 'other');
  const sandbox = await startServedSandbox(t, {secure: true, args: ['--tls-cert', ours.cert, '--tls-key', ours.key]});
  for (const kind of clients) {
    const connection = await kind.connect(t, {...withKey(sandbox), args: ['--test-ca-file', ours.ca]});
    const sent = await sendText(connection);
    assert.ok(!sent.isError, textOf(sent));
  }
  const distrustful = await legacy.connect(t, {...withKey(sandbox), args: ['--test-ca-file', other.ca]});
  const refused = await distrustful.call('list_agents', {});
  assert.equal(refused.isError, true);
  assert.match(JSON.stringify(refused), /certificate|TLS/i);
});

const live = 'sk_live_' + 'a'.repeat(24);
const refusedHosts = [
  ['http://127.0.0.1:9', live, 'a live key never goes to loopback'],
  ['http://api.agentphone.to', key, 'no plain http beyond loopback'],
  ['https://api.agentphone.to.example.com', key, 'a look-alike'],
  ['https://api.agentphone.to:8443', key, 'another port'],
  ['https://api.agentphone.to@127.0.0.1', key, 'user information'],
  ['https://127.0.0.1:9', key, 'https on loopback without a test CA'],
  ['http://127.0.0.1.example.com:9', key, 'not a loopback literal'],
  ['http://10.0.0.1:9', key, 'a private network'],
  ['ftp://api.agentphone.to', key, 'another scheme'],
  ['nonsense', key, 'no URL'],
];

for (const [url, apiKey, why] of refusedHosts) {
  test(`refuses to start for ${url}: ${why}`, async (t) => {
    const server = startRaw(t, [], {env: {AGENTPHONE_BASE_URL: url, AGENTPHONE_API_KEY: apiKey}});
    assert.deepEqual(await server.exited, {code: 78, signal: null});
    assert.equal(server.stdout, '');
    assert.match(server.stderr, /^[^\n]+\n$/);
    assert.ok(!server.stderr.includes(apiKey));
  });
}
