// What AgentPhone tells by webhooks: kept before it is confirmed, once, whatever happens to the server.
import assert from 'node:assert/strict';
import path from 'node:path';
import {readFileSync, statSync} from 'node:fs';
import {test} from 'node:test';
import {isInstrumented, makeHome, startRaw, sandboxCode} from './support/binary.mjs';
import {startHttpServer} from './support/http_server.mjs';
import {initialize, initialized} from './support/protocol.mjs';
import {RawSession} from './support/raw_session.mjs';
import {WebhookSender, hookPath, signed, textEvent} from './support/webhook_sender.mjs';

const secret = 'whsec_test_4f1d2c';
const kills = isInstrumented ? 10 : 100;

/** A server on stdio that receives webhooks on a port of its own. */
async function startReceiver(t, {home = makeHome(t), args = [], env = {AGENTPHONE_WEBHOOK_SECRET: secret}} = {}) {
  const server = startRaw(t, ['--sandbox', '--webhook-listen', '127.0.0.1:0', '--state-dir', path.join(home, 'state'), ...args],
    {home, env});
  const [, port] = await server.until('the receiver', () => /receiving webhooks on http:\/\/127\.0\.0\.1:(\d+)\//.exec(server.stderr));
  return {server, home, sender: new WebhookSender(Number(port), secret)};
}

async function open(server) {
  await server.request(initialize(0, '2025-11-25'));
  server.send(initialized);
  let id = 1;
  return async (name, args = {}) => {
    const answer = await server.request({id: id++, method: 'tools/call', params: {name, arguments: args}});
    return answer.result.structuredContent;
  };
}

async function allEvents(call) {
  const events = [];
  for (let cursor = 'e0', more = true; more;) {
    const page = await call('list_events', {cursor, limit: 100});
    events.push(...page.events);
    ({has_more: more, next_cursor: cursor} = page.page);
  }
  return events;
}

test(`${kills} times killed in the middle of deliveries, every event is there exactly once`, async (t) => {
  const home = makeHome(t);
  const sent = [];
  const confirmed = new Set();
  const retried = [];
  for (let round = 0; round < kills; ++round) {
    const {server, sender} = await startReceiver(t, {home});
    const deliveries = Array.from({length: 8}, (_, i) => `msg_${round}_${i}`);
    // What the last kill left without an answer is sent again, as the service does.
    const again = retried.splice(0);
    sent.push(...deliveries);
    let answers = 0;
    const patience = round % 8;  // killed after so many confirmations, with the others under way
    await Promise.all([...again, ...deliveries].map(async (id) => {
      const {status} = await sender.post(`del_${id}`, textEvent(id));
      if (status === 200) confirmed.add(id);
      else retried.push(id);
      if (++answers > patience) server.child.kill('SIGKILL');
    }));
    server.child.kill('SIGKILL');
    await server.exited;
  }
  assert.ok(confirmed.size >= kills, `${confirmed.size} confirmed`);
  const {server, sender} = await startReceiver(t, {home});
  const call = await open(server);
  const count = (events, id) => events.filter((event) => event.message_id === id).length;
  const before = await allEvents(call);
  for (const id of confirmed) assert.equal(count(before, id), 1, `${id} was confirmed`);
  t.diagnostic(`${sent.length} sent, ${confirmed.size} confirmed, ${retried.length} still without an answer`);
  for (const id of sent) assert.equal((await sender.post(`del_${id}`, textEvent(id))).status, 200);
  const after = await allEvents(call);
  assert.equal(after.length, sent.length);
  for (const id of sent) assert.equal(count(after, id), 1, id);
  assert.equal(statSync(path.join(home, 'state', 'inbox.db')).mode & 0o777, 0o600);
});

test('the sandbox delivers to the receiver, whose secret set_webhook has kept', async (t) => {
  const {server, sender} = await startReceiver(t, {env: {}});
  const call = await open(server);
  const started = await call('sign_up', {human_email: 'owner@example.com'});
  const code = await server.until('the code', () => sandboxCode(server.stderr, 'owner@example.com'));
  await call('verify', {verification_id: started.verification_id, otp_code: code});
  assert.equal((await sender.post('del_0', textEvent('msg_0'))).status, 503, 'nothing can be checked yet');
  const set = await call('set_webhook', {url: `http://127.0.0.1:${sender.port}${hookPath}`});
  assert.equal(set.secret_kept, true);
  assert.equal((await call('test_webhook')).success, true);
  const {events, page} = await call('list_events', {kind: 'message'});
  assert.equal(events.length, 1);
  assert.equal(events[0].test, true);
  assert.equal((await sender.post('del_1', textEvent('msg_1'))).status, 401, 'a guessed secret');
  assert.deepEqual((await call('list_events', {cursor: page.next_cursor})).events, []);
  assert.doesNotMatch(server.stdout + server.stderr, /whsec_[A-Za-z0-9]{8}/);
});

test('a caller of a webhook-mode agent gets the answer that was configured', async (t) => {
  const turn = {event: 'agent.message', channel: 'voice', timestamp: '2026-04-19T17:20:31Z', agentId: 'agt_1',
    data: {callId: 'call_1', numberId: 'num_1', from: '+14155550123', to: '+14155550100', transcript: 'Hello?', direction: 'inbound'}};
  for (const [args, answer] of [
    [[], {hangup: true}],
    [['--voice-fallback', 'say:Back at nine.'], {text: 'Back at nine.', hangup: true}],
    [['--voice-fallback', 'transfer'], {action: 'transfer'}],
    [['--voice-fallback', 'hangup'], {hangup: true}],
  ]) {
    const {server, sender} = await startReceiver(t, {args});
    const {status, body} = await sender.post('del_1', turn);
    assert.equal(status, 200);
    for (const [key, value] of Object.entries(answer)) assert.equal(JSON.parse(body)[key], value);
    await server.close();
  }
});

test('over HTTP events come in without a token, and nothing else does', async (t) => {
  const home = makeHome(t);
  const hookSecret = {AGENTPHONE_WEBHOOK_SECRET: secret};
  const server = await startHttpServer(t, {home, args: ['--sandbox', '--inbox'], env: hookSecret});
  const sender = new WebhookSender(server.port, secret);
  const proxied = {host: 'phone.example.com', origin: 'https://elsewhere.example'};
  assert.equal((await sender.post('del_1', textEvent('msg_1'), proxied)).status, 200);
  assert.equal((await sender.post('del_2', textEvent('msg_2'), {'x-webhook-signature': `sha256=${'0'.repeat(64)}`})).status, 401);
  const late = textEvent('msg_3');
  const stale = signed(secret, JSON.stringify(late), Math.floor(Date.now() / 1000) - 9000);
  assert.equal((await sender.post('del_3', late, stale)).status, 401);
  // In the log at its default level, with what to check and no secret.
  for (const line of [/warn.* webhook_refused .*signature is wrong.*--webhook-secret-file/, /warn.* webhook_refused .*age_seconds=90\d\d.*NTP/]) {
    await server.server.until(String(line), () => line.test(server.server.stderr));
  }
  assert.ok(!server.server.stderr.includes(secret));
  assert.equal((await fetch(`${server.url}${hookPath}`)).status, 405);
  assert.equal((await fetch(`${server.url}/mcp`, {method: 'POST', body: '{}'})).status, 401);
  const session = await new RawSession(server).open();
  const {structuredContent} = await session.call('list_events', {});
  assert.deepEqual(structuredContent.events.map((event) => event.message_id), ['msg_1']);
  session.close();
});

test('without an inbox nothing is opened, and the tool says how to turn it on', async (t) => {
  const server = startRaw(t, ['--sandbox']);
  const call = await open(server);
  const off = await call('list_events');
  assert.match(off.next_step, /--webhook-listen/);
  assert.throws(() => readFileSync(path.join(server.home, '.local', 'state', 'agentphone-mcp', 'inbox.db')));
  await server.close();
});

test('what cannot work is said at start-up', async (t) => {
  const home = makeHome(t);
  for (const [args, says, code] of [
    [['--webhook-listen', '8643'], /HOST:PORT/, 64],
    [['--webhook-listen', '127.0.0.1:0', '--voice-fallback', 'say: '], /say:TEXT/, 64],
    [['--webhook-listen', '127.0.0.1:0', '--webhook-secret-file', path.join(home, 'none')], /does not exist/, 78],
    [['http', '--inbox', '--keys-from-clients', '--port', '0'], /one account/, 78],
  ]) {
    const server = startRaw(t, args, {home});
    const exit = await server.exited;
    assert.match(server.stderr, says);
    assert.equal(exit.code, code);
  }
});
