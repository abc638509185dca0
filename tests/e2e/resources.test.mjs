// Resources as real clients meet them: listed, read, completed, and followed while a call runs, in both eras.
import assert from 'node:assert/strict';
import http from 'node:http';
import {test} from 'node:test';
import {ResourceUpdatedNotificationSchema} from '@modelcontextprotocol/sdk/types.js';
import {openAccount} from './client_suite.mjs';
import {patience} from './support/binary.mjs';
import {legacy, legacyHttp, modern, modernHttp} from './support/clients.mjs';
import {startHttpServer} from './support/http_server.mjs';
import {RawSession} from './support/raw_session.mjs';
import {startServedSandbox} from './support/served_sandbox.mjs';
import {schemasMissing} from './support/wire_check.mjs';
import {friend, textOf} from './tool_cases.mjs';

const inSandbox = {args: ['--sandbox', '--sandbox-speed', '20']};
const kinds = [legacy, modern, legacyHttp, modernHttp];
const isModern = (kind) => kind === modern || kind === modernHttp;

async function read(connection, uri) {
  const {contents} = await connection.client.readResource({uri});
  assert.equal(contents.length, 1);
  assert.equal(contents[0].uri, uri);
  return JSON.parse(contents[0].text);
}

async function placeCall(connection, agentId) {
  const placed = await connection.call('place_call', {agent_id: agentId, to_number: friend, system_prompt: 'Book a table for two.'});
  assert.ok(!placed.isError, textOf(placed));
  return placed.structuredContent.call_id;
}

/** What a client is told of resources, in order, with a way to wait for the next. */
class Updates {
  constructor(kind, client) {
    this.uris = [];
    this.waiting = [];
    const take = ({params}) => {
      this.uris.push(params.uri);
      this.waiting.splice(0).forEach((resolve) => resolve());
    };
    client.setNotificationHandler(isModern(kind) ? 'notifications/resources/updated' : ResourceUpdatedNotificationSchema, take);
  }

  count(uri) {
    return this.uris.filter((told) => told === uri).length;
  }

  /** Resolves when `uri` was told more than `seen` times. */
  async beyond(uri, seen) {
    const late = AbortSignal.timeout(patience);
    while (this.count(uri) <= seen) {
      await new Promise((resolve, reject) => {
        this.waiting.push(resolve);
        late.addEventListener('abort', () => reject(new Error(`nothing more of ${uri} after ${seen}: ${this.uris}`)), {once: true});
      });
    }
  }
}

/** Follows resources in the way of the era, and gives what ends it. */
async function follow(kind, connection, uris) {
  if (isModern(kind)) {
    const subscription = await connection.client.listen({resourceSubscriptions: uris});
    assert.deepEqual([...subscription.honoredFilter.resourceSubscriptions].sort(), [...uris].sort());
    return () => subscription.close();
  }
  for (const uri of uris) await connection.client.subscribeResource({uri});
  return async () => {
    for (const uri of uris) await connection.client.unsubscribeResource({uri});
  };
}

/** Reads the transcript anew each time it is told to have changed, until the call is over. */
async function watchToTheEnd(connection, updates, uri) {
  const seen = [];
  for (let told = 0; ; told = updates.count(uri)) {
    const now = await read(connection, uri);
    if (JSON.stringify(now) !== JSON.stringify(seen.at(-1))) seen.push(now);
    if (!now.live) return seen;
    await updates.beyond(uri, told);
  }
}

for (const kind of kinds) {
  test(`${kind.label}: resources are listed, read and completed`, async (t) => {
    const connection = await kind.connect(t, inSandbox);
    const {client} = connection;
    const {resources} = await client.listResources();
    assert.deepEqual(resources.map((r) => r.uri), ['policy', 'account', 'inbox', 'voices'].map((name) => `agentphone://${name}`));
    const {resourceTemplates} = await client.listResourceTemplates();
    assert.deepEqual(resourceTemplates.map((r) => r.uriTemplate), ['agents/{id}', 'numbers/{id}', 'conversations/{id}', 'calls/{id}',
      'calls/{id}/transcript'].map((name) => `agentphone://${name}`));
    await assert.rejects(read(connection, 'agentphone://account'), /sign_up/);

    const {agentId, numberId} = await openAccount(connection);
    await connection.call('send_sms', {agent_id: agentId, to_number: friend, body: 'Are you open?'});
    const callId = await placeCall(connection, agentId);
    const inbox = await read(connection, 'agentphone://inbox');
    const ids = {agents: agentId, numbers: numberId, calls: callId, conversations: inbox.conversations[0].conversation_id};
    for (const name of ['account', 'voices', 'policy']) await read(connection, `agentphone://${name}`);
    for (const [family, id] of Object.entries(ids)) {
      await read(connection, `agentphone://${family}/${id}`);
      const {completion} = await client.complete({ref: {type: 'ref/resource', uri: `agentphone://${family}/{id}`},
        argument: {name: 'id', value: id.slice(0, -1)}});
      assert.equal(completion.values[0], id);
    }
    await assert.rejects(read(connection, 'agentphone://calls/nobody'), (error) => error.code === (isModern(kind) ? -32602 : -32002));
    if (!schemasMissing) connection.check.verify();
  });

  test(`${kind.label}: a call that runs is told turn by turn, and nothing after its end`, async (t) => {
    const connection = await kind.connect(t, inSandbox);
    const updates = new Updates(kind, connection.client);
    const {agentId} = await openAccount(connection);
    const uri = `agentphone://calls/${await placeCall(connection, agentId)}/transcript`;
    const end = await follow(kind, connection, [uri]);
    const seen = await watchToTheEnd(connection, updates, uri);
    const {transcript, status} = seen.at(-1);
    assert.equal(status, 'completed');
    assert.ok(transcript.length >= 4, JSON.stringify(transcript));
    assert.ok(seen.length >= 3, 'the conversation was seen to grow');
    // Each turn and the end, once each at most: never one more than there were changes.
    assert.ok(updates.count(uri) <= transcript.length + 1, `${updates.count(uri)} for ${transcript.length} turns`);
    await end();
    assert.deepEqual([...new Set(updates.uris)], [uri]);
  });

  test(`${kind.label}: a tool's change is told to who follows, and no more after they ceased`, async (t) => {
    const connection = await kind.connect(t, inSandbox);
    const updates = new Updates(kind, connection.client);
    const {agentId} = await openAccount(connection);
    const uri = `agentphone://agents/${agentId}`;
    const end = await follow(kind, connection, [uri]);
    const rename = (name) => connection.call('update_agent', {agent_id: agentId, name});
    await rename('Front desk');
    await updates.beyond(uri, 0);
    assert.equal((await read(connection, uri)).name, 'Front desk');
    await end();
    await rename('Back office');
    assert.equal((await read(connection, uri)).name, 'Back office');
    assert.deepEqual(updates.uris, [uri]);
  });
}

test('a listener that never reads holds nobody up', async (t) => {
  const connection = await legacyHttp.connect(t, inSandbox);
  const updates = new Updates(legacyHttp, connection.client);
  const {agentId} = await openAccount(connection);
  const uri = `agentphone://calls/${await placeCall(connection, agentId)}/transcript`;
  const stalled = await new RawSession(connection.http).open();
  t.after(() => stalled.close());
  await stalled.request('resources/subscribe', {uri});
  await new Promise((resolve, reject) => {
    const request = http.get({host: '127.0.0.1', port: connection.http.port, path: '/mcp', headers: {...connection.http.headers,
      'accept': 'text/event-stream', 'mcp-session-id': stalled.id, 'mcp-protocol-version': '2025-11-25'}}, (response) => {
      response.pause();  // and never read again
      t.after(() => request.destroy());
      resolve();
    });
    request.on('error', reject);
  });
  await follow(legacyHttp, connection, [uri]);
  const seen = await watchToTheEnd(connection, updates, uri);
  assert.equal(seen.at(-1).status, 'completed');
  assert.ok(updates.count(uri) > 0);
});

test('with keys from clients, one caller is told nothing of another', async (t) => {
  const sandbox = await startServedSandbox(t);
  const server = await startHttpServer(t, {args: ['--keys-from-clients'], env: {AGENTPHONE_BASE_URL: sandbox.url}});
  const uri = 'agentphone://account';
  const [first, second] = await Promise.all(['sk_test_first', 'sk_test_second'].map(async (key) => {
    const http = Object.assign(Object.create(server), {headers: {...server.headers, 'x-agentphone-key': key}});
    const connection = await legacyHttp.connect(t, {http});
    const updates = new Updates(legacyHttp, connection.client);
    await follow(legacyHttp, connection, [uri]);
    return {connection, updates, create: (name) => connection.call('create_agent', {name, system_prompt: 'Be brief.'})};
  }));
  await first.create('Mine');
  await first.updates.beyond(uri, 0);
  await second.create('Theirs');
  await second.updates.beyond(uri, 0);
  assert.deepEqual([first.updates.uris, second.updates.uris], [[uri], [uri]]);
  const {agents} = await read(first.connection, uri);
  assert.ok(agents.some((agent) => agent.name === 'Mine') && !agents.some((agent) => agent.name === 'Theirs'));
});
