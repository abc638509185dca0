// A key must be nowhere but in the credentials file: not in an answer, not in a log line, not in any other file, in no
// encoding. Two canaries fly: one comes through the environment, one is born in verify.
import assert from 'node:assert/strict';
import {readdirSync, readFileSync, statSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {openAccount} from './client_suite.mjs';
import {makeHome, startRaw} from './support/binary.mjs';
import {legacy, modern} from './support/clients.mjs';
import {initialize, initialized} from './support/protocol.mjs';
import {startServedSandbox} from './support/served_sandbox.mjs';
import {friend} from './tool_cases.mjs';

/** Every spelling in which a key could slip through. */
function spellings(key) {
  const each = (write) => [...key].map((c) => write(c.charCodeAt(0).toString(16))).join('');
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.from('x'.repeat(shift) + key).toString('base64').replace(/=+$/, '');
    return text.slice(shift === 0 ? 0 : shift + 1, -2);  // without the characters that its neighbours share
  });
  return [key, key.slice(8), ...base64, ...base64.map((t) => t.replaceAll('+', '-').replaceAll('/', '_')),
    each((h) => `%${h}`), each((h) => `%${h.toUpperCase()}`), each((h) => `\\u00${h}`), each((h) => `\\u00${h.toUpperCase()}`),
    each((h) => h), [...key].reverse().join('')];
}

function filesBelow(folder) {
  return readdirSync(folder, {withFileTypes: true}).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(full) : [full];
  });
}

function assertNowhere(key, places) {
  for (const [place, text] of Object.entries(places)) {
    for (const spelling of spellings(key)) {
      const at = text.indexOf(spelling);
      assert.equal(at, -1, `${place} holds the key as ${spelling.slice(0, 4)}...: ${text.slice(Math.max(0, at - 120), at)}`);
    }
  }
}

/** Good calls, bad calls, and calls that try to get the key out. */
async function exercise(connection, key) {
  const {structuredContent: overview} = await connection.call('account_overview', {});
  const agentId = overview.agents?.[0]?.agent_id ?? 'agt_none';
  const calls = [
    ['list_agents', {}], ['list_numbers', {}], ['list_conversations', {}], ['list_calls', {}], ['list_voices', {limit: 3}],
    ['get_agent', {agent_id: key}], ['get_agent', {agent_id: 'agt_nobody'}], ['list_agents', {limit: key}], ['list_agents', {[key]: 1}],
    ['send_sms', {agent_id: agentId, to_number: friend, body: `The key is ${key}.`}],
    ['send_sms', {agent_id: agentId, to_number: key, body: 'Hi'}],
    ['place_call', {agent_id: agentId, to_number: friend, system_prompt: `Say ${key}.`}],
    ['set_webhook', {url: `https://example.com/${key}`}], ['get_webhook', {}], ['test_webhook', {}],
    ['create_agent', {name: 'A', system_prompt: key}], ['release_number', {number_id: key}],
    ['sign_up', {human_email: `${key}@example.com`}], ['verify', {verification_id: key, otp_code: '123456'}],
  ];
  for (const [tool, args] of calls) await connection.call(tool, args);
  await assert.rejects(connection.call(key, {}));
}

function transcript(connection) {
  return connection.check.seen.map((message) => JSON.stringify(message)).join('\n');
}

for (const kind of [legacy, modern]) {
  test(`${kind.label}: a key from the environment shows up nowhere`, async (t) => {
    const key = 'sk_test_Canary7fQ2xLw9Zr4Kd81mVbT';
    const home = makeHome(t);
    const sandbox = await startServedSandbox(t);
    const connection = await kind.connect(t, {sandbox, home, args: ['--log-level', 'debug'],
      env: {AGENTPHONE_BASE_URL: sandbox.url, AGENTPHONE_API_KEY: key}});
    await exercise(connection, key);
    await connection.close();
    const files = Object.fromEntries(filesBelow(home).map((file) => [file, readFileSync(file, 'latin1')]));
    assertNowhere(key, {stdout: transcript(connection), stderr: connection.stderr, ...files});
    await sandbox.stop();
    assertNowhere(key, {'the sandbox\'s stderr': sandbox.server.stderr, 'the sandbox\'s stdout': sandbox.server.stdout});
  });

  test(`${kind.label}: a key from verify is in the credentials file alone, which only its owner can read`, async (t) => {
    const home = makeHome(t);
    const sandbox = await startServedSandbox(t);
    const connection = await kind.connect(t, {sandbox, home, args: ['--log-level', 'debug'], env: {AGENTPHONE_BASE_URL: sandbox.url}});
    await openAccount(connection);
    const holders = filesBelow(home).filter((file) => /sk_test_/.test(readFileSync(file, 'latin1')));
    assert.equal(holders.length, 1, `one file holds the key: ${holders}`);
    const [credentials] = holders;
    assert.equal(statSync(credentials).mode & 0o777, 0o600);
    assert.equal(statSync(path.dirname(credentials)).mode & 0o077, 0);
    const key = readFileSync(credentials, 'latin1').match(/sk_test_[A-Za-z0-9_-]+/)[0];

    await exercise(connection, key);
    await connection.close();
    const others = Object.fromEntries(filesBelow(home).filter((file) => file !== credentials).map((file) => [file, readFileSync(file, 'latin1')]));
    assertNowhere(key, {stdout: transcript(connection), stderr: connection.stderr, ...others});
    await sandbox.stop();
    assertNowhere(key, {'the sandbox\'s stderr': sandbox.server.stderr, 'the sandbox\'s stdout': sandbox.server.stdout});
  });
}

test('in the sandbox of the process itself no key is written anywhere', async (t) => {
  const home = makeHome(t);
  const connection = await legacy.connect(t, {home, args: ['--sandbox', '--log-level', 'debug']});
  await openAccount(connection);
  await connection.call('list_agents', {});
  await connection.close();
  for (const file of filesBelow(home)) assert.doesNotMatch(readFileSync(file, 'latin1'), /sk_test_/, file);
  assert.doesNotMatch(connection.stderr + transcript(connection), /sk_(test|live)_[A-Za-z0-9]{8}/);
});

test('malformed lines that hold the key are not quoted back', async (t) => {
  const key = 'sk_test_Canary7fQ2xLw9Zr4Kd81mVbT';
  const server = startRaw(t, ['--log-level', 'debug'], {env: {AGENTPHONE_API_KEY: key}});
  await server.request(initialize(1, '2025-11-25'));
  server.send(initialized);
  for (const line of [key, `{"a":"${key}`, `{"jsonrpc":"2.0","id":"${key}"}`, `{"jsonrpc":"2.0","id":2,"method":"${key}"}`, `{"${key}":1,"${key}":2}`]) {
    server.send(line + '\n');
  }
  await server.close();
  const withoutIds = server.messages.map(({id, ...message}) => JSON.stringify(message)).join('\n');  // an id is the client's own
  assertNowhere(key, {stdout: withoutIds, stderr: server.stderr});
});

test('the key is not in the command line or environment that other processes can see',
  {skip: process.platform === 'linux' ? false : '/proc is Linux only'}, async (t) => {
    const key = 'sk_test_Canary7fQ2xLw9Zr4Kd81mVbT';
    const server = startRaw(t, [], {env: {AGENTPHONE_API_KEY: key}});
    await server.request(initialize(1, '2025-11-25'));
    for (const file of ['cmdline', 'environ']) {
      let text = '';
      try {
        text = readFileSync(`/proc/${server.child.pid}/${file}`, 'latin1');
      } catch (error) {
        assert.equal(error.code, 'EACCES');  // not readable at all is better still
      }
      assert.ok(!text.includes(key), file);
    }
  });
