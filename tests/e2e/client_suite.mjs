// What a client must be able to do with the server, whichever client it is.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {patience, sandboxCode} from './support/binary.mjs';
import {toolNames} from './support/protocol.mjs';
import {schemasMissing} from './support/wire_check.mjs';
import {startWebhookReceiver} from './support/webhook_receiver.mjs';
import {badArguments, destructive, friend, notConfirmed, steps, textOf} from './tool_cases.mjs';

const sandboxArgs = ['--sandbox', '--sandbox-speed', '200'];

/** Signs up in the sandbox, so that a test has an account, an agent and a number. */
export async function openAccount(connection, email = 'owner@example.com') {
  const signUp = await connection.call('sign_up', {human_email: email});
  assert.ok(!signUp.isError, textOf(signUp));
  const code = await codeFor(connection, email);
  const verified = await connection.call('verify', {verification_id: signUp.structuredContent.verification_id, otp_code: code});
  assert.ok(!verified.isError, textOf(verified));
  const {agent_id: agentId, number_id: numberId} = verified.structuredContent;
  return {agentId, numberId};
}

/** stderr and stdout are different pipes: the code may come a moment after the answer. */
export async function codeFor(connection, email) {
  const deadline = Date.now() + patience;
  for (;;) {
    const code = sandboxCode(connection.mailbox(), email);
    if (code) return code;
    assert.ok(Date.now() < deadline, `no sign-up code on stderr: ${connection.mailbox()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function takeStep(connection, step, state) {
  if (step.needsCode) state.code = await codeFor(connection, step.needsCode);
  const result = step.until ? await connection.callUntil(step.tool, step.args(state), step.until)
    : await connection.call(step.tool, step.args(state));
  const text = textOf(result);
  assert.ok(text.length > 0, 'text content is for clients that show nothing else');
  if (step.fails) {
    assert.equal(result.isError, true, `should have failed: ${text}`);
    // Both views must stand alone: some clients show only one of them.
    assert.match(text, step.fails);
    assert.match(JSON.stringify(result.structuredContent), step.fails);
    assert.ok(result.structuredContent.next_step, 'a failure says what to do next');
  } else {
    assert.ok(!result.isError, text);
    assert.ok(result.structuredContent.next_step, 'an answer says what to do next');
    step.check(result.structuredContent, state);
  }
}

/** All that a mutation could have changed, as the tools themselves show it. */
export async function inventory(connection) {
  const shown = [];
  for (const tool of ['list_agents', 'list_numbers']) {
    const result = await connection.call(tool, {});
    assert.ok(!result.isError, textOf(result));
    shown.push(result.structuredContent);
  }
  return shown;
}

/** Calls every destructive tool in every way that is no confirmation; each must answer with a preview. */
export async function callUnconfirmed(connection, account) {
  let calls = 0;
  for (const {tool, args} of destructive) {
    for (const variant of notConfirmed) {
      const result = await connection.call(tool, {...args(account), ...variant});
      assert.equal(result.isError, true, `${tool} ${JSON.stringify(variant)} must not act: ${textOf(result)}`);
      assert.match(textOf(result), /confirm/);
      calls += 1;
    }
  }
  return calls;
}

/** The whole table of tool_cases.mjs over one connection. */
export async function runAllTools(t, connection) {
  await connection.listTools();  // from here on the client checks every answer against the tool's output schema
  const hook = await startWebhookReceiver(t);
  const state = {hookUrl: hook.url};
  let lost = false;
  for (const step of steps) {
    const title = `${step.tool}${step.fails ? ' fails' : ''}${step.about ? ` ${step.about}` : ''}`;
    await t.test(title, {skip: lost && 'an earlier step, which this one needs, failed'}, async () => {
      const builds = !step.fails;
      lost ||= builds;
      await takeStep(connection, step, state);
      if (builds) lost = false;
    });
  }
  await t.test('the webhook was really called', () => assert.ok(hook.deliveries.length > 0));
  await t.test('the table above covers every tool in both ways', () => {
    const covered = (fails) => [...new Set(steps.filter((s) => Boolean(s.fails) === fails).map((s) => s.tool))].sort();
    assert.deepEqual(covered(false), toolNames);
    assert.deepEqual(covered(true), toolNames);
  });
  await t.test('every message fits the official schema', {skip: schemasMissing}, (t) => {
    t.diagnostic(`${connection.check.verify()} messages checked`);
  });
}

export function defineClientSuite(kind) {
  test(`${kind.label}: all 27 tools are listed, complete and in a stable order`, async (t) => {
    const connection = await kind.connect(t, {args: sandboxArgs});
    const tools = await connection.listTools();
    assert.deepEqual(tools.map((tool) => tool.name), toolNames);
    for (const tool of tools) {
      assert.ok(tool.description?.length > 40, `${tool.name} is described`);
      assert.equal(tool.inputSchema.type, 'object');
      assert.equal(tool.outputSchema.type, 'object');
      for (const hint of ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint']) {
        assert.equal(typeof tool.annotations[hint], 'boolean', `${tool.name}.annotations.${hint}`);
      }
    }
    assert.deepEqual(await connection.listTools(), tools);
  });

  test(`${kind.label}: each tool succeeds once and fails well once`, async (t) => {
    await runAllTools(t, await kind.connect(t, {args: [...sandboxArgs, '--webhook-listen', '127.0.0.1:0']}));
  });

  test(`${kind.label}: unconfirmed destruction changes nothing`, async (t) => {
    const connection = await kind.connect(t, {args: sandboxArgs});
    const account = await openAccount(connection);
    const before = await inventory(connection);
    await callUnconfirmed(connection, account);
    assert.deepEqual(await inventory(connection), before);
  });

  test(`${kind.label}: bad arguments are answered with field, expectation and example`, async (t) => {
    const connection = await kind.connect(t, {args: sandboxArgs});
    await openAccount(connection);
    for (const {tool, args, field, expected, hasNoExample} of badArguments) {
      await t.test(`${tool} with ${JSON.stringify(args)}`, async () => {
        const result = await connection.call(tool, args);
        assert.equal(result.isError, true);
        const text = textOf(result);
        assert.match(text, new RegExp(`\\b${field}\\b`));
        if (!hasNoExample) assert.match(text, /example|such as/i);
        if (expected) assert.match(text, expected);
      });
    }
  });

  test(`${kind.label}: an unknown tool is a protocol error, and the connection lives on`, async (t) => {
    const connection = await kind.connect(t, {args: sandboxArgs});
    await assert.rejects(connection.call('send_fax', {}), (error) => error.code === -32602 && /send_fax/.test(error.message));
    assert.equal((await connection.listTools()).length, toolNames.length);
  });

  test(`${kind.label}: progress reaches the client, rising, before the answer`, async (t) => {
    const connection = await kind.connect(t, {args: sandboxArgs});
    await openAccount(connection);
    const before = connection.check.seen.length;
    await connection.call('account_overview', {}, {onprogress: () => {}});
    // Looked at on the wire: the SDKs drop a progress that arrives in one piece with its answer.
    const seen = connection.check.seen.slice(before);
    assert.deepEqual(seen.map((message) => message.method ?? 'answer'), ['notifications/progress', 'notifications/progress', 'answer']);
    assert.deepEqual(seen.slice(0, 2).map((message) => message.params.progress), [1, 4]);
    assert.deepEqual(connection.check.problems, []);
  });

  test(`${kind.label}: calls in parallel are all answered, each with its own answer`, async (t) => {
    const connection = await kind.connect(t, {args: sandboxArgs});
    const account = await openAccount(connection);
    // As many as a session of HTTP may have running at once.
    const ids = Array.from({length: 64}, (_, i) => (i % 2 ? account.agentId : `agt_nobody${i}`));
    const results = await Promise.all(ids.map((id) => connection.call('get_agent', {agent_id: id})));
    results.forEach((result, i) => {
      assert.equal(Boolean(result.isError), i % 2 === 0);
      if (i % 2) assert.equal(result.structuredContent.agent.agent_id, ids[i]);
    });
  });
}
