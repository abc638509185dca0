// One run through all 27 tools, in the order in which a person would meet them: each succeeds once and fails well once.
// A step is {tool, args, fails?, check}: `args` may need what earlier steps learned, `fails` is what the error must say.
import assert from 'node:assert/strict';

/** Fictional people of the sandbox: +1 NPA-555-01XX. */
export const friend = '+14155550123';

const email = 'owner@example.com';

export const steps = [
  {tool: 'account_overview', about: 'before there is a key', args: () => ({}), fails: /sign_up/},
  {tool: 'sign_up', about: 'without a mailbox', args: () => ({}), fails: /human_email/},
  {tool: 'sign_up', args: () => ({human_email: email, agent_name: 'Robin'}),
    check: (out, s) => {
      assert.match(out.verification_id, /\S/);
      assert.match(out.next_step, /verify/);
      s.verificationId = out.verification_id;
    }},
  {tool: 'verify', about: 'with a code that is none', args: (s) => ({verification_id: s.verificationId, otp_code: '12'}),
    fails: /otp_code/},
  {tool: 'verify', about: 'without the code, where nobody can be asked', args: (s) => ({verification_id: s.verificationId}), fails: /otp_code/},
  {tool: 'verify', needsCode: email, args: (s) => ({verification_id: s.verificationId, otp_code: s.code}),
    check: (out, s) => {
      assert.match(out.phone_number, /^\+1\d{10}$/);
      assert.doesNotMatch(JSON.stringify(out), /sk_(live|test)_[A-Za-z0-9]{8}/);
      Object.assign(s, {agentId: out.agent_id, numberId: out.number_id, number: out.phone_number});
    }},
  {tool: 'account_overview', args: () => ({}),
    check: (out, s) => {
      assert.equal(out.numbers_quota.used, 1);
      assert.ok(out.agents.some((a) => a.agent_id === s.agentId));
    }},

  {tool: 'list_agents', args: () => ({}), check: (out, s) => assert.ok(out.agents.some((a) => a.agent_id === s.agentId))},
  {tool: 'list_agents', about: 'with a limit that is no number', args: () => ({limit: 'ten'}), fails: /limit/},
  {tool: 'get_agent', args: (s) => ({agent_id: s.agentId}), check: (out, s) => assert.equal(out.agent.agent_id, s.agentId)},
  {tool: 'get_agent', about: 'of an unknown id', args: () => ({agent_id: 'agt_nobody'}), fails: /list_agents/},
  {tool: 'create_agent', about: 'hosted without a prompt', args: () => ({name: 'Desk'}), fails: /system_prompt/},
  {tool: 'create_agent', args: () => ({name: 'Desk', system_prompt: 'You take messages for Sam.'}),
    check: (out, s) => {
      s.secondAgentId = out.agent.agent_id;
    }},
  {tool: 'update_agent', args: (s) => ({agent_id: s.secondAgentId, begin_message: 'Hello, this is the desk.'}),
    check: (out, s) => assert.equal(out.agent.agent_id, s.secondAgentId)},
  {tool: 'update_agent', about: 'with an unknown model tier', args: (s) => ({agent_id: s.secondAgentId, model_tier: 'huge'}),
    fails: /model_tier/},
  {tool: 'list_voices', args: () => ({gender: 'female', limit: 5}), check: (out) => assert.ok(out.voices.length > 0)},
  {tool: 'list_voices', about: 'with a limit of zero', args: () => ({limit: 0}), fails: /limit/},

  {tool: 'list_numbers', args: () => ({}), check: (out, s) => assert.ok(out.numbers.some((n) => n.number_id === s.numberId))},
  {tool: 'list_numbers', about: 'with an argument it does not have', args: () => ({colour: 'red'}), fails: /colour/},
  {tool: 'buy_number', about: 'unconfirmed', args: () => ({country: 'US', area_code: '415'}), fails: /3\.00[^]*confirm|confirm[^]*3\.00/},
  {tool: 'buy_number', args: () => ({country: 'US', area_code: '415', confirm: true}),
    check: (out, s) => {
      assert.equal(out.number.monthly_price_usd, 3);
      s.secondNumberId = out.number.number_id;
      s.secondNumber = out.number.phone_number;
    }},
  {tool: 'attach_number', args: (s) => ({agent_id: s.secondAgentId, number_id: s.secondNumberId}),
    check: (out, s) => assert.equal(out.number.number_id, s.secondNumberId)},
  {tool: 'attach_number', about: 'that is not ours', args: (s) => ({agent_id: s.secondAgentId, number_id: 'num_nobody'}),
    fails: /list_numbers/},
  {tool: 'detach_number', args: (s) => ({agent_id: s.secondAgentId, number_id: s.secondNumberId}),
    check: (out) => assert.equal(out.number.detached, true)},
  {tool: 'detach_number', about: 'without saying which', args: (s) => ({agent_id: s.secondAgentId}), fails: /number_id/},

  {tool: 'send_sms', args: (s) => ({agent_id: s.agentId, to_number: '(415) 555-0123', body: 'Are you open on Saturday?'}),
    check: (out, s) => {
      assert.equal(out.sent.to_number, friend);
      s.conversationId = out.conversation_id;
    }},
  {tool: 'send_sms', about: 'to an emergency number', args: (s) => ({agent_id: s.agentId, to_number: '911', body: 'Help'}),
    fails: /emergency[^]*dial it themselves/},
  {tool: 'list_messages', args: (s) => ({number_id: s.numberId}),
    until: (out) => out.messages.some((m) => m.direction === 'inbound'),
    check: (out) => assert.ok(out.messages.some((m) => m.to_number === friend))},
  {tool: 'list_messages', about: 'with too high a limit', args: (s) => ({number_id: s.numberId, limit: 1000}), fails: /limit/},
  {tool: 'wait_for_message', args: () => ({from: '415-555-0123', wait_seconds: 0}),
    check: (out) => {
      assert.equal(out.found, true);
      assert.equal(out.sender, friend);
    }},
  {tool: 'wait_for_message', about: 'with a pattern that is none', args: () => ({match: 'code [0-9'}), fails: /match[^]*character 6/},
  {tool: 'list_conversations', args: () => ({}),
    check: (out, s) => {
      assert.ok(out.conversations.length > 0);
      s.conversationId = out.conversations[0].conversation_id;
    }},
  {tool: 'list_conversations', about: 'with a negative offset', args: () => ({offset: -1}), fails: /offset/},
  {tool: 'get_conversation', args: (s) => ({conversation_id: s.conversationId}),
    check: (out) => assert.ok(out.messages.length >= 2)},
  {tool: 'get_conversation', about: 'of an unknown id', args: () => ({conversation_id: 'conv_nobody'}), fails: /list_conversations/},

  {tool: 'place_call', args: (s) => ({agent_id: s.agentId, to_number: friend, system_prompt: 'Book a manicure for Sam on Saturday.'}),
    check: (out, s) => {
      assert.equal(out.mode, 'autonomous');
      assert.match(out.spoken_first, /AI/);
      assert.match(out.next_step, /poll_call/);
      s.callId = out.call_id;
    }},
  {tool: 'place_call', about: 'to a crisis line', args: (s) => ({agent_id: s.agentId, to_number: '988', system_prompt: 'Hi'}), fails: /crisis line[^]*dial it themselves/},
  {tool: 'poll_call', args: (s) => ({call_id: s.callId}), until: (out) => !out.live,
    check: (out) => {
      assert.equal(out.status, 'completed');
      assert.equal(out.poll_again, false);
      assert.ok(out.transcript.length >= 2);
    }},
  {tool: 'place_call', about: 'that is then hung up', args: (s) => ({agent_id: s.agentId, to_number: friend, system_prompt: 'Book a table.'}),
    check: (out, s) => {
      s.liveCallId = out.call_id;
    }},
  {tool: 'end_call', args: (s) => ({call_id: s.liveCallId}), check: (out) => assert.equal(out.status, 'ending')},
  {tool: 'end_call', about: 'of a call that is over', args: (s) => ({call_id: s.callId}), fails: /poll_call/},
  {tool: 'poll_call', about: 'of an unknown id', args: () => ({call_id: 'call_nobody'}), fails: /list_calls/},
  {tool: 'list_calls', args: () => ({}), check: (out, s) => assert.ok(out.calls.some((c) => c.call_id === s.callId))},
  {tool: 'list_calls', about: 'in an unknown direction', args: () => ({direction: 'sideways'}), fails: /direction/},

  {tool: 'test_webhook', about: 'before one is set', args: () => ({}), fails: /set_webhook/},
  {tool: 'set_webhook', about: 'to something that is no URL', args: () => ({url: 'here'}), fails: /url/},
  {tool: 'set_webhook', args: (s) => ({url: s.hookUrl}),
    check: (out) => assert.match(out.warning, /secret/)},
  {tool: 'get_webhook', args: () => ({}),
    check: (out, s) => {
      assert.equal(out.configured, true);
      assert.equal(out.webhook.url, s.hookUrl);
      assert.doesNotMatch(JSON.stringify(out), /whsec_[A-Za-z0-9]{8}/);
    }},
  {tool: 'get_webhook', about: 'with a flag that is no boolean', args: () => ({reveal_secret: 'yes'}), fails: /reveal_secret/},
  {tool: 'test_webhook', args: () => ({}), check: (out) => assert.equal(out.success, true)},
  {tool: 'list_events', args: () => ({kind: 'message'}), check: (out) => assert.match(out.page.next_cursor, /^e\d+$/)},
  {tool: 'list_events', about: 'after a cursor that is none', args: () => ({cursor: 'yesterday'}), fails: /next_cursor/},

  {tool: 'release_number', about: 'unconfirmed', args: (s) => ({number_id: s.secondNumberId}), fails: /confirm/},
  {tool: 'release_number', args: (s) => ({number_id: s.secondNumberId, confirm: true}),
    check: (out) => assert.equal(out.number.released, true)},
  {tool: 'delete_agent', about: 'unconfirmed', args: (s) => ({agent_id: s.secondAgentId}), fails: /confirm/},
  {tool: 'delete_agent', args: (s) => ({agent_id: s.secondAgentId, confirm: true}),
    check: (out) => assert.equal(out.agent.deleted, true)},
];

/** Every way of not quite confirming. */
export const notConfirmed = [{}, {confirm: false}, {confirm: 'true'}, {confirm: 1}, {confirm: null}, {confirm: [true]}];

export const destructive = [
  {tool: 'buy_number', args: () => ({country: 'US'})},
  {tool: 'release_number', args: (s) => ({number_id: s.numberId})},
  {tool: 'delete_agent', args: (s) => ({agent_id: s.agentId})},
];

/** Arguments that miss: what the answer must name besides what was expected. */
export const badArguments = [
  {tool: 'send_sms', args: {agent_id: 'agt_1', to_number: friend}, field: 'body'},
  {tool: 'send_sms', args: {agent_id: 'agt_1', to_number: friend, body: 7}, field: 'body', expected: /string/},
  {tool: 'send_sms', args: {agent_id: 'agt_1', to_number: 'my sister', body: 'Hi'}, field: 'to_number', expected: /E\.164|\+1/},
  {tool: 'list_agents', args: {limit: 0}, field: 'limit', expected: /1/},
  {tool: 'list_agents', args: {limit: 2.5}, field: 'limit', expected: /integer|whole/},
  {tool: 'create_agent', args: {name: 'A', voice_mode: 'singing'}, field: 'voice_mode', expected: /hosted/},
  {tool: 'buy_number', args: {country: 'DE', confirm: true}, field: 'country', expected: /US/},
  {tool: 'get_agent', args: {agent_id: 'agt_1', verbose: true}, field: 'verbose', expected: /agent_id/, hasNoExample: true},
];

export function textOf(result) {
  return result.content.filter((c) => c.type === 'text').map((c) => c.text).join('\n');
}
