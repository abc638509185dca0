// Prompts as real clients meet them: listed, completed and filled in, in both eras.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {openAccount} from './client_suite.mjs';
import {legacy, legacyHttp, modern, modernHttp} from './support/clients.mjs';
import {schemasMissing} from './support/wire_check.mjs';
import {friend} from './tool_cases.mjs';

const names = ['book_appointment', 'daily_phone_brief', 'follow_up_shipment', 'get_verification_code', 'personal_support_line',
  'prove_you_are_live', 'return_missed_call', 'screen_unknown_caller'];

/** A value for every argument of the prompt. */
function allArguments(prompt) {
  return Object.fromEntries(prompt.arguments.map(({name}) => [name, `the ${name}`]));
}

for (const kind of [legacy, modern, legacyHttp, modernHttp]) {
  test(`${kind.label}: prompts are listed, completed and filled in`, async (t) => {
    const connection = await kind.connect(t, {args: ['--sandbox']});
    const {client} = connection;
    const {prompts} = await client.listPrompts();
    assert.deepEqual(prompts.map((prompt) => prompt.name), names);
    for (const prompt of prompts) {
      assert.ok(prompt.title && prompt.description && prompt.arguments.every((argument) => argument.description), prompt.name);
      const {messages} = await client.getPrompt({name: prompt.name, arguments: allArguments(prompt)});
      assert.deepEqual(messages.map((message) => message.role), ['user']);
      for (const {name} of prompt.arguments) assert.ok(messages[0].content.text.includes(`\n${name}: "the ${name}"\n`), name);
    }

    const {agentId, numberId} = await openAccount(connection);
    const complete = async (prompt, name, value) => {
      const {completion} = await client.complete({ref: {type: 'ref/prompt', name: prompt}, argument: {name, value}});
      return completion.values;
    };
    assert.deepEqual(await complete('book_appointment', 'agent_id', agentId.slice(0, -1)), [agentId]);
    assert.deepEqual(await complete('get_verification_code', 'number_id', '+1'), [numberId]);
    assert.deepEqual(await complete('daily_phone_brief', 'since', 'yes'), ['yesterday', 'since yesterday evening']);
    if (!schemasMissing) connection.check.verify();
  });

  test(`${kind.label}: a prompt without what it needs is refused by name`, async (t) => {
    const {client} = await kind.connect(t, {args: ['--sandbox']});
    const book = (args) => client.getPrompt({name: 'book_appointment', arguments: {business_number: friend, what: 'a table', ...args}});
    await assert.rejects(book({}), /when/);
    await assert.rejects(book({when: ' '}), /when/);
    await assert.rejects(book({when: 'x'.repeat(2001)}), /when.*2000/);
    await assert.rejects(client.getPrompt({name: 'nothing'}), /nothing/);
  });
}
