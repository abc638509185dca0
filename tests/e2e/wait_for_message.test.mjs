// Waiting for texts with both real clients, against the REST API of `agentphone-mcp sandbox`.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {legacy, modern} from './support/clients.mjs';
import {startServedSandbox} from './support/served_sandbox.mjs';
import {textOf} from './tool_cases.mjs';

const bank = '+14155550150';
const shop = '+14155550151';

async function open(t, kind) {
  const sandbox = await startServedSandbox(t);
  const connection = await kind.connect(t, {sandbox, env: {AGENTPHONE_BASE_URL: sandbox.url, AGENTPHONE_API_KEY: 'sk_test_x'}});
  const {structuredContent: overview} = await connection.call('account_overview', {});
  const to = overview.agents[0].numbers[0].phone_number;
  const receive = (from, body) => sandbox.control('POST', 'texts', {from, to, body});
  const wait = async (args, options) => {
    const result = await connection.call('wait_for_message', args, options);
    assert.ok(!result.isError, textOf(result));
    return result.structuredContent;
  };
  return {connection, receive, wait};
}

/** Calls `then` once the wait has been heard of, so that what comes next comes during it. */
function whenWaiting(then) {
  let heard = false;
  return {onprogress: () => {
    if (!heard) then();
    heard = true;
  }};
}

for (const kind of [legacy, modern]) {
  test(`${kind.label}: a code sent before the wait is found at once, with its age`, async (t) => {
    const {connection, receive, wait} = await open(t, kind);
    await receive(bank, 'Your verification code is 482913. Do not share it.');
    const found = await wait({from: bank, extract: 'code'});
    assert.equal(found.code, '482913');
    assert.ok(found.age_seconds <= 60);
    assert.doesNotMatch(connection.stderr, /482913/);
    connection.check.verify();
  });

  test(`${kind.label}: a code sent during the wait ends it, and one of another sender does not`, async (t) => {
    const {connection, receive, wait} = await open(t, kind);
    const found = await wait({from: bank, extract: 'code', wait_seconds: 120}, whenWaiting(async () => {
      await receive(shop, '111111 is your shop code');
      await receive(bank, 'G-482913 is your verification code.');
    }));
    assert.equal(found.code, 'G-482913');
    assert.equal(found.sender, bank);
    const progress = connection.check.seen.filter((m) => m.method === 'notifications/progress' && /Waiting for a text/.test(m.params.message));
    assert.ok(progress.length >= 1);
    connection.check.verify();
  });

  test(`${kind.label}: two waits at once each get their own code`, async (t) => {
    const {receive, wait} = await open(t, kind);
    const waits = [wait({from: bank, extract: 'code'}), wait({from: shop, extract: 'code'})];
    await Promise.all([receive(shop, '111111 is your shop code'), receive(bank, 'Code: 222222')]);
    assert.deepEqual((await Promise.all(waits)).map((found) => found.code), ['222222', '111111']);
  });

  test(`${kind.label}: a wait that ends without a text goes on where it began`, async (t) => {
    const {receive, wait} = await open(t, kind);
    const nothing = await wait({from: bank, match: 'ready', wait_seconds: 0});
    assert.equal(nothing.found, false);
    await receive(bank, 'Your table is ready');
    assert.equal((await wait(nothing.continue_with)).message.body, 'Your table is ready');
  });
}
