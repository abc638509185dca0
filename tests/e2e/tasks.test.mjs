// place_call as a task (io.modelcontextprotocol/tasks, 2026-07-28), as it is on the wire: it is there at once, it is told
// what is said, and it outlives the connection and the server.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {makeHome, patience, startRaw} from './support/binary.mjs';
import {modernMeta} from './support/protocol.mjs';
import {startServedSandbox} from './support/served_sandbox.mjs';
import {friend} from './tool_cases.mjs';

const capabilities = {extensions: {'io.modelcontextprotocol/tasks': {}}};

/** A server of its own process, over the same sandbox and home as others. */
function startPhone(t, sandbox, home) {
  const server = startRaw(t, [], {home, env: {AGENTPHONE_BASE_URL: sandbox.url, AGENTPHONE_API_KEY: 'sk_test_x'}});
  let id = 0;
  server.ask = async (method, params) => {
    const answer = await server.request({id: ++id, method,
      params: {...params, _meta: modernMeta({'io.modelcontextprotocol/clientCapabilities': capabilities})}});
    assert.ok(answer.result, JSON.stringify(answer));
    return answer.result;
  };
  server.taskUntil = async (taskId, accept) => {
    const deadline = Date.now() + patience;
    for (;;) {
      const task = await server.ask('tasks/get', {taskId});
      if (accept(task)) return task;
      assert.ok(Date.now() < deadline, JSON.stringify(task));
      await new Promise((resolve) => setTimeout(resolve, task.pollIntervalMs / 10));
    }
  };
  return server;
}

const placeCall = {name: 'place_call', arguments: {to_number: friend, system_prompt: 'Book a manicure for Sam on Saturday.'}};

const dials = async (sandbox) => (await sandbox.requests()).filter((r) => r.method === 'POST' && r.path === '/v1/calls').length;

test('a call is a task with the words as its message and the whole call as its result', async (t) => {
  const sandbox = await startServedSandbox(t, {args: ['--sandbox-speed', '20']});
  const phone = startPhone(t, sandbox, makeHome(t));
  const created = await phone.ask('tools/call', placeCall);
  assert.equal(created.resultType, 'task');
  assert.equal(created.status, 'working');
  const spoken = await phone.taskUntil(created.taskId, (task) => task.statusMessage ?? task.status !== 'working');
  assert.match(spoken.statusMessage, /^(agent|\+\d+): ./);
  const over = await phone.taskUntil(created.taskId, (task) => task.status !== 'working');
  assert.equal(over.status, 'completed', JSON.stringify(over));
  assert.equal(over.result.structuredContent.status, 'completed');
  assert.ok(over.result.structuredContent.transcript.length >= 2);
  assert.match(over.result.structuredContent.spoken_first, /AI/);
  assert.equal(await dials(sandbox), 1);
});

test('whoever listens to a task is told every sentence, and at last the result', async (t) => {
  const sandbox = await startServedSandbox(t, {args: ['--sandbox-speed', '20']});
  const phone = startPhone(t, sandbox, makeHome(t));
  const {taskId} = await phone.ask('tools/call', placeCall);
  phone.send({jsonrpc: '2.0', id: 'listen', method: 'subscriptions/listen', params: {notifications: {taskIds: [taskId]},
    _meta: modernMeta({'io.modelcontextprotocol/clientCapabilities': capabilities})}});
  const told = () => phone.messages.filter((m) => m.method === 'notifications/tasks').map((m) => m.params);
  const over = await phone.until('the end of the task', () => told().find((task) => task.status !== 'working'));
  assert.equal(over.status, 'completed', JSON.stringify(over));
  assert.equal(over.taskId, taskId);
  const lines = over.result.structuredContent.transcript.map(({text}) => text);
  const words = told().map((task) => task.statusMessage.replace(/^[^:]+: /, '').trim());
  for (const line of lines.slice(2)) assert.ok(words.includes(line), `${line} was not told`);
  for (const task of told()) assert.equal(task._meta['io.modelcontextprotocol/subscriptionId'], 'listen');
});

for (const how of ['SIGTERM', 'SIGKILL']) {
  test(`a task goes on in the next server after ${how}, without another dial`, async (t) => {
    const sandbox = await startServedSandbox(t, {args: ['--sandbox-speed', '10']});
    const home = makeHome(t);
    const first = startPhone(t, sandbox, home);
    const {taskId} = await first.ask('tools/call', placeCall);
    first.child.kill(how);
    await first.exited;
    const second = startPhone(t, sandbox, home);
    const over = await second.taskUntil(taskId, (task) => task.status !== 'working');
    assert.equal(over.status, 'completed', JSON.stringify(over));
    assert.equal(over.result.structuredContent.status, 'completed');
    assert.equal(await dials(sandbox), 1);
  });
}

test('cancelling stops the watch and not the call', async (t) => {
  const sandbox = await startServedSandbox(t);
  const phone = startPhone(t, sandbox, makeHome(t));
  const {taskId} = await phone.ask('tools/call', placeCall);
  assert.equal((await phone.ask('tasks/cancel', {taskId})).resultType, 'complete');
  await phone.taskUntil(taskId, (task) => task.status === 'cancelled');
  const calls = await phone.ask('tools/call', {name: 'list_calls', arguments: {}});
  assert.equal(calls.structuredContent.calls.length, 1);
  assert.ok((await sandbox.requests()).every((r) => !r.path.endsWith('/end')));
});
