// The person behind the client is asked: what they say is done, and nothing else. With both official clients.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {codeFor, inventory, openAccount} from './client_suite.mjs';
import {legacy, legacyHttp, modern, modernHttp} from './support/clients.mjs';
import {destructive, friend, textOf} from './tool_cases.mjs';

const args = ['--sandbox', '--sandbox-speed', '200'];

/** Answers every question with what `say` holds, and remembers the questions. */
function makePerson() {
  const person = {asked: [], say: () => ({action: 'cancel'})};
  person.answer = (params) => {
    person.asked.push(params);
    return person.say(params);
  };
  return person;
}

const accept = (content) => () => ({action: 'accept', content});

for (const kind of [legacy, modern, legacyHttp, modernHttp]) {
  test(`${kind.label}: the person opens the account, and decides what is bought, released and deleted`, async (t) => {
    const person = makePerson();
    const connection = await kind.connect(t, {args, person: person.answer});
    const email = 'owner@example.com';
    const {verification_id: verificationId} = (await connection.call('sign_up', {human_email: email})).structuredContent;

    for (const action of ['decline', 'cancel']) {
      person.say = () => ({action});
      const refused = await connection.call('verify', {verification_id: verificationId});
      assert.equal(refused.isError, true);
      assert.match(textOf(refused), /Nothing was done/);
    }
    person.say = accept({otp_code: await codeFor(connection, email)});
    const opened = await connection.call('verify', {verification_id: verificationId});
    assert.ok(!opened.isError, textOf(opened));
    const account = {agentId: opened.structuredContent.agent_id, numberId: opened.structuredContent.number_id};

    const before = await inventory(connection);
    for (const {tool, args: argsOf} of destructive) {
      for (const say of [() => ({action: 'decline'}), () => ({action: 'cancel'}), accept({confirm: false})]) {
        person.say = say;
        const refused = await connection.call(tool, argsOf(account));
        assert.equal(refused.isError, true, `${tool} must not act`);
        assert.match(textOf(refused), /Nothing was done/);
      }
    }
    assert.deepEqual(await inventory(connection), before);

    person.say = accept({confirm: true});
    for (const {tool, args: argsOf} of destructive) {
      const done = await connection.call(tool, argsOf(account));
      assert.ok(!done.isError, textOf(done));
      assert.match(person.asked.at(-1).message, /Do it\?$/);
    }
    const [agents, numbers] = await inventory(connection);
    assert.equal(agents.agents.length, 0);
    assert.equal(numbers.numbers.length, 1);
    connection.check.verify();
  });
}

for (const kind of [legacy, modern]) {
  test(`${kind.label}: which agent is meant is the person's choice`, async (t) => {
    const person = makePerson();
    const connection = await kind.connect(t, {args, person: person.answer});
    await openAccount(connection);
    const text = {to_number: friend, body: 'Are you open on Saturday?'};
    assert.match((await connection.call('send_sms', text)).structuredContent.note, /the only agent/);
    assert.equal(person.asked.length, 0);
    const made = await connection.call('create_agent', {name: 'Desk', system_prompt: 'You take messages.'});
    const {agent_id: desk} = made.structuredContent.agent;
    person.say = accept({confirm: true});
    await connection.call('buy_number', {country: 'US', agent_id: desk});
    person.say = accept({agent_id: desk});
    const sent = await connection.call('send_sms', text);
    assert.ok(!sent.isError, textOf(sent));
    const titles = person.asked.at(-1).requestedSchema.properties.agent_id.oneOf.map((option) => option.title);
    assert.equal(titles.length, 2);
    assert.ok(titles.some((title) => title.startsWith('Desk')));
    const threads = await connection.call('list_conversations', {agent_id: desk});
    assert.equal(threads.structuredContent.conversations.length, 1);
  });

  for (const setting of [[], ['--confirm', 'person']]) test(`${kind.label}: ${setting.join(' ')} asks even when the call says it is confirmed`, async (t) => {
    const person = makePerson();
    const connection = await kind.connect(t, {args: [...args, ...setting], person: person.answer});
    const account = await openAccount(connection);
    const release = {number_id: account.numberId, confirm: true};
    person.say = () => ({action: 'decline'});
    assert.equal((await connection.call('release_number', release)).isError, true);
    person.say = accept({confirm: true});
    const released = await connection.call('release_number', release);
    assert.ok(!released.isError, textOf(released));
    assert.equal(person.asked.length, 2);
  });
}

test('--confirm argument asks nobody whose model says that they agreed', async (t) => {
  const person = makePerson();
  const connection = await modern.connect(t, {args: [...args, '--confirm', 'argument'], person: person.answer});
  const account = await openAccount(connection);
  const released = await connection.call('release_number', {number_id: account.numberId, confirm: true});
  assert.ok(!released.isError, textOf(released));
  assert.equal(person.asked.length, 0);
});

test('--confirm person refuses where the client cannot ask', async (t) => {
  const connection = await legacy.connect(t, {args, env: {AGENTPHONE_MCP_CONFIRM: 'person'}});
  const account = await openAccount(connection);
  const refused = await connection.call('release_number', {number_id: account.numberId, confirm: true});
  assert.equal(refused.isError, true);
  assert.match(textOf(refused), /elicitation/);
});
