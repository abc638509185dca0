// A call watched live: every sentence as progress, in slices for clients with a time limit, and never in others' way.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {openAccount} from './client_suite.mjs';
import {startRaw} from './support/binary.mjs';
import {legacy, modern} from './support/clients.mjs';
import {startHttpServer} from './support/http_server.mjs';
import {modernMeta, modernRevision} from './support/protocol.mjs';
import {startServedSandbox} from './support/served_sandbox.mjs';
import {friend, textOf} from './tool_cases.mjs';

const instrumented = Boolean(process.env.AGENTPHONE_MCP_INSTRUMENTED);
const key = 'sk_test_x';
const served = (sandbox) => ({sandbox, env: {AGENTPHONE_BASE_URL: sandbox.url, AGENTPHONE_API_KEY: key}});
const task = 'Book a manicure for Sam on Saturday after lunch.';

const onlyAgent = async (connection) => (await connection.call('account_overview', {})).structuredContent.agents[0].agent_id;

/** "agent: Hi." for each turn, as a person would see them scroll by. */
const linesOf = (answer) => answer.transcript.map(({speaker, text}) => `${speaker === 'agent' ? 'agent' : friend}: ${text}`);

/** Looked at on the wire: the SDKs drop a progress that arrives in one piece with its answer. */
const progressOf = (connection) => connection.check.seen.filter((m) => m.method === 'notifications/progress').map((m) => m.params);

/** Dials, as the far end of the wire counts them. */
const dials = async (sandbox) => (await sandbox.requests()).filter((r) => r.method === 'POST' && r.path === '/v1/calls').length;

for (const kind of [legacy, modern]) {
  test(`${kind.label}: a watched call is one progress message per sentence, in order, and then its outcome`, async (t) => {
    const connection = await kind.connect(t, {args: ['--sandbox', '--sandbox-speed', '60']});
    const {agentId} = await openAccount(connection);
    const result = await connection.call('place_call',
      {agent_id: agentId, to_number: friend, system_prompt: task, wait_seconds: 60}, {onprogress: () => {}});
    assert.ok(!result.isError, textOf(result));
    const answer = result.structuredContent;
    assert.equal(answer.outcome, 'completed');
    assert.equal(answer.live, false);
    assert.equal(answer.ended_by, 'agent');
    assert.ok(answer.duration_seconds > 10);
    assert.match(answer.summary, /2 pm/);
    assert.ok(answer.transcript.length >= 8);
    const progress = progressOf(connection);
    assert.deepEqual(progress.map((p) => p.message), linesOf(answer));
    assert.deepEqual(progress.map((p) => p.progress), linesOf(answer).map((_, i) => i + 1));
    assert.deepEqual(connection.check.problems, []);
  });

  test(`${kind.label}: with a time limit shorter than the call it takes several slices and one dial`, async (t) => {
    const sandbox = await startServedSandbox(t, {args: ['--sandbox-speed', '12']});
    const connection = await kind.connect(t, served(sandbox));
    const limit = {timeout: 4000};  // stands for the 60 s that some clients allow; the call lasts about as long
    const agentId = await onlyAgent(connection);
    const answers = [(await connection.call('place_call',
      {agent_id: agentId, to_number: friend, system_prompt: task, wait_seconds: 1}, limit)).structuredContent];
    const callId = answers[0].call_id;
    while (answers.at(-1).live) {
      assert.match(answers.at(-1).next_step, new RegExp(`poll_call with call_id ${callId} and wait_seconds`));
      answers.push((await connection.call('poll_call', {call_id: callId, wait_seconds: 1}, limit)).structuredContent);
    }
    assert.ok(answers.length >= 3, `${answers.length} slices`);
    for (const answer of answers) assert.equal(answer.call_id, callId);
    assert.equal(answers.at(-1).outcome, 'completed');
    assert.ok(answers.at(-1).transcript.length >= 8);
    assert.equal(await dials(sandbox), 1);
  });

  test(`${kind.label}: a stream that is cut, or is not there, changes nothing for the watcher`, async (t) => {
    const sandbox = await startServedSandbox(t, {args: ['--sandbox-speed', '60']});
    const connection = await kind.connect(t, served(sandbox));
    const agentId = await onlyAgent(connection);
    for (const fault of [{cut_after_events: 3, times: 1}, {status: 404, times: -1}]) {
      await sandbox.control('DELETE', 'faults');
      const from = progressOf(connection).length;
      const placed = (await connection.call('place_call', {agent_id: agentId, to_number: friend, system_prompt: task})).structuredContent;
      await sandbox.fault({method: 'GET', path_prefix: `/v1/calls/${placed.call_id}/transcript`, ...fault});
      const watched = (await connection.call('poll_call', {call_id: placed.call_id, wait_seconds: 60}, {onprogress: () => {}})).structuredContent;
      assert.equal(watched.outcome, 'completed');
      assert.deepEqual(progressOf(connection).slice(from).map((p) => p.message), linesOf(watched));
    }
  });

  test(`${kind.label}: whoever stops waiting hangs up on nobody`, async (t) => {
    const sandbox = await startServedSandbox(t, {args: ['--sandbox-speed', '60']});
    const connection = await kind.connect(t, served(sandbox));
    const agentId = await onlyAgent(connection);
    const placed = (await connection.call('place_call', {agent_id: agentId, to_number: friend, system_prompt: task})).structuredContent;
    const abort = new AbortController();
    await assert.rejects(connection.call('poll_call', {call_id: placed.call_id, wait_seconds: 60},
      {signal: abort.signal, onprogress: () => abort.abort()}));
    const {structuredContent: over} = await connection.call('poll_call', {call_id: placed.call_id, wait_seconds: 60});
    assert.equal(over.outcome, 'completed');
    assert.equal(over.ended_by, 'agent');
    assert.equal((await sandbox.requests()).filter((r) => r.path.endsWith('/end')).length, 0);
  });
}

/** What a watcher is told whose server stops: the call, what was said so far, and that nobody hung up. */
function checkPartial(result, callId) {
  assert.ok(!result.isError, textOf(result));
  assert.equal(result.structuredContent.call_id, callId);
  assert.equal(result.structuredContent.live, true);
  assert.match(textOf(result), /does not hang up/);
}

/** One request of the stateless revision, which needs no session. */
const toolCall = (id, name, args, meta = {}) =>
  ({jsonrpc: '2.0', id, method: 'tools/call', params: {name, arguments: args, _meta: modernMeta(meta)}});

test('stdio: a server that stops during a wait answers with what it has, and hangs up on nobody', async (t) => {
  const sandbox = await startServedSandbox(t);
  const server = startRaw(t, [], {env: served(sandbox).env});
  const request = async (...call) => (await server.request(toolCall(...call))).result;
  const {agents: [{agent_id: agentId}]} = (await request(1, 'account_overview', {})).structuredContent;
  const {call_id: callId} = (await request(2, 'place_call', {agent_id: agentId, to_number: friend, system_prompt: task})).structuredContent;
  const waiting = request(3, 'poll_call', {call_id: callId, wait_seconds: 600}, {progressToken: 'p'});
  await server.until('the first sentence', () => server.messages.some((m) => m.method === 'notifications/progress'));
  const ended = server.close();
  checkPartial(await waiting, callId);
  assert.deepEqual(await ended, {code: 0, signal: null});
  assert.equal((await sandbox.requests()).filter((r) => r.path.endsWith('/end')).length, 0);
});

test('HTTP: a server that stops during a wait answers with what it has, and hangs up on nobody', async (t) => {
  const sandbox = await startServedSandbox(t);
  const server = await startHttpServer(t, {args: [], env: served(sandbox).env});
  const post = (...call) => fetch(server.url + '/mcp', {method: 'POST', body: JSON.stringify(toolCall(...call)),
    headers: {...server.headers, 'content-type': 'application/json', 'accept': 'application/json, text/event-stream',
      'mcp-protocol-version': modernRevision, 'mcp-method': 'tools/call', 'mcp-name': call[1]}});
  const request = async (...call) => (await (await post(...call)).json()).result;
  const {agents: [{agent_id: agentId}]} = (await request(1, 'account_overview', {})).structuredContent;
  const {call_id: callId} = (await request(2, 'place_call', {agent_id: agentId, to_number: friend, system_prompt: task})).structuredContent;
  let text = '';
  let ended;
  const watched = await post(3, 'poll_call', {call_id: callId, wait_seconds: 600}, {progressToken: 'p'});
  for await (const chunk of watched.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes('notifications/progress')) ended ??= server.stop();
  }
  const last = text.split('\n').filter((line) => line.startsWith('data: {')).at(-1);
  checkPartial(JSON.parse(last.slice(6)).result, callId);
  assert.deepEqual(await ended, {code: 0, signal: null});
  assert.equal((await sandbox.requests()).filter((r) => r.path.endsWith('/end')).length, 0);
});

test('fifty watched calls delay nobody', async (t) => {
  const connection = await legacy.connect(t, {args: ['--sandbox', '--sandbox-speed', '8']});
  const {agentId} = await openAccount(connection);
  const people = Array.from({length: 50}, (_, i) => `+141555501${20 + i}`);
  let watching = people.length;
  const calls = Promise.all(people.map(async (person) => {
    const result = await connection.call('place_call', {agent_id: agentId, to_number: person, system_prompt: task, wait_seconds: 60});
    watching -= 1;
    return result.structuredContent;
  }));
  const times = [];
  while (watching > 0) {
    const sent = performance.now();
    await connection.client.ping();
    times.push(performance.now() - sent);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  for (const answer of await calls) assert.equal(answer.outcome, 'completed');
  times.sort((a, b) => a - b);
  const p99 = times[Math.floor(times.length * 0.99)];
  t.diagnostic(`${times.length} pings beside 50 watched calls: p99 ${p99.toFixed(2)} ms`);
  if (!instrumented) assert.ok(p99 <= 5, `p99 ${p99} ms`);
});
