// The official SDK against the sandbox: every operation of the product brief once, in the order of a real session.
// Sign-up and verify have no SDK method and go by fetch.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { AgentPhoneClient } from "agentphone";

import { signatureOf, startEndpoint, startSandbox } from "./sandbox.js";
import * as shapes from "./shapes.js";

const { assertShape } = shapes;
const salon = "+14155550123";

let sandbox, endpoint, client, account, secret, agentSecret, extra, bought, call, conversationId;

const post = async (path, body) => {
  const answer = await fetch(sandbox.url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: answer.status, json: await answer.json() };
};

const refused = (promise, statusCode) =>
  assert.rejects(promise, (error) => error.statusCode === statusCode && Boolean(error.body));

before(async () => {
  [sandbox, endpoint] = await Promise.all([startSandbox(50), startEndpoint()]);
});

after(async () => {
  await Promise.all([sandbox?.stop(), endpoint?.stop()]);
});

test("POST /v0/agent/sign-up mails a code", async () => {
  const { status, json } = await post("/v0/agent/sign-up", { human_email: "owner@example.com", agent_name: "Starter" });
  assert.equal(status, 200);
  assertShape(json, { verification_id: /^ver_/, human_email: "string", expires_at: /Z$/, message: "string" });
  account = { verification_id: json.verification_id };
});

test("POST /v0/agent/verify opens the account and shows its key once", async () => {
  const mailbox = await (await fetch(sandbox.url + "/_sandbox/mailbox")).json();
  const code = mailbox.data.find((mail) => mail.verification_id === account.verification_id).code;
  assert.ok(sandbox.stderr().includes(code), "the code is on stderr");
  const wrong = await post("/v0/agent/verify", { ...account, otp_code: code === "000000" ? "111111" : "000000" });
  assert.equal(wrong.status, 400);
  const { status, json } = await post("/v0/agent/verify", { ...account, otp_code: code });
  assert.equal(status, 200);
  assertShape(json, {
    account_id: "string", agent_id: "string", number_id: "string", phone_number: shapes.e164, api_key: /^sk_test_.{32,}$/,
  });
  account = json;
  client = new AgentPhoneClient({ token: json.api_key, baseUrl: sandbox.url, maxRetries: 0 });
  assert.equal((await post("/v0/agent/sign-up", { human_email: "Owner@example.com" })).status, 409);
});

test("GET /v1/usage (usage.getUsage) answers the plan and the counters", async () => {
  const usage = await client.usage.getUsage();
  assertShape(usage, shapes.usage);
  assert.deepEqual(usage.numbers, { used: 1, limit: 10, remaining: 9 });
});

test("GET /v1/agents (agents.listAgents) holds the hosted starter agent", async () => {
  const list = await client.agents.listAgents({}, { queryParams: { limit: 5 } });
  assertShape(list, shapes.page(shapes.agent));
  assert.equal(list.total, 1);
  assert.equal(list.data[0].voiceMode, "hosted");
  assert.equal(list.data[0].numbers[0].phoneNumber, account.phone_number);
});

test("POST /v1/agents (agents.createAgent) makes an agent with the service's defaults", async () => {
  extra = await client.agents.createAgent({ name: "Second" });
  assertShape(extra, shapes.agent);
  assert.equal(extra.voiceMode, "webhook");
  assert.equal(extra.modelTier, "balanced");
  await refused(client.agents.createAgent({ name: "No prompt", voiceMode: "hosted" }), 400);
  await refused(client.agents.createAgent({ name: "Bad", voiceMode: "hosted", modelTier: "huge" }), 422);
});

test("GET /v1/agents/{agent_id} (agents.getAgent) answers one agent", async () => {
  assertShape(await client.agents.getAgent({ agent_id: extra.id }), shapes.agent);
  await refused(client.agents.getAgent({ agent_id: "agt_unknown" }), 404);
});

test("PATCH /v1/agents/{agent_id} (agents.updateAgent) changes only what is sent", async () => {
  const changed = await client.agents.updateAgent({ agent_id: extra.id, beginMessage: "Hello there" });
  assertShape(changed, shapes.agent);
  assert.equal(changed.beginMessage, "Hello there");
  assert.equal(changed.name, "Second");
});

test("GET /v1/agents/voices (agents.listVoices) answers the whole catalogue, nulls included", async () => {
  const voices = await client.agents.listVoices();
  assertShape(voices, { data: [shapes.voice] });
  assert.ok(voices.data.some((voice) => voice.gender === null));
});

test("POST /v1/numbers (numbers.createNumber) buys a number in the area asked for", async () => {
  bought = await client.numbers.createNumber({ country: "US", areaCode: "212" });
  assertShape(bought, shapes.number);
  assert.ok(bought.phoneNumber.startsWith("+1212"));
  assert.equal(bought.agentId, null);
});

test("GET /v1/numbers (numbers.listNumbers) holds both numbers", async () => {
  const list = await client.numbers.listNumbers();
  assertShape(list, shapes.page(shapes.number));
  assert.equal(list.total, 2);
});

test("POST /v1/agents/{agent_id}/numbers (agents.attachNumberToAgent) attaches", async () => {
  const answer = await client.agents.attachNumberToAgent({ agent_id: extra.id, numberId: bought.id });
  assertShape(answer, { agentId: "string", number: shapes.agentNumber });
});

test("DELETE /v1/agents/{agent_id}/numbers/{number_id} (agents.detachNumberFromAgent) detaches", async () => {
  assertShape(await client.agents.detachNumberFromAgent({ agent_id: extra.id, number_id: bought.id }), { success: "boolean" });
});

test("GET /v1/webhooks (webhooks.getWebhook) answers null while none is set", async () => {
  assert.equal(await client.webhooks.getWebhook(), null);
});

test("POST /v1/webhooks (webhooks.createOrUpdateWebhook) mints a new secret every time", async () => {
  const first = await client.webhooks.createOrUpdateWebhook({ body: { url: endpoint.url("/account") } });
  const second = await client.webhooks.createOrUpdateWebhook({ body: { url: endpoint.url("/account"), contextLimit: 3 } });
  assertShape(second, shapes.webhook);
  assert.notEqual(first.secret, second.secret);
  assert.equal((await client.webhooks.getWebhook()).secret, second.secret);
  secret = second.secret;
});

test("POST /v1/webhooks/test (webhooks.testWebhook) delivers a signed event", async () => {
  const answer = await client.webhooks.testWebhook({ agentId: extra.id });
  assertShape(answer, shapes.webhookTest);
  assert.equal(answer.success, true);
  assert.equal(answer.httpStatus, 200);
  const event = await endpoint.next((e) => e.path === "/account");
  assert.equal(event.headers["x-webhook-signature"], signatureOf(event, secret));
  assert.equal(event.json.conversationState.testMode, true);
});

test("GET /v1/agents/{agent_id}/webhook (agentWebhooks.getAgentWebhook) answers null while none is set", async () => {
  assert.equal(await client.agentWebhooks.getAgentWebhook({ agent_id: account.agent_id }), null);
});

test("POST /v1/agents/{agent_id}/webhook (agentWebhooks.createOrUpdateAgentWebhook) sets the agent's own", async () => {
  const set = await client.agentWebhooks.createOrUpdateAgentWebhook({
    agent_id: account.agent_id,
    body: { url: endpoint.url("/agent"), timeout: 10 },
  });
  assertShape(set, shapes.webhook);
  agentSecret = set.secret;
});

test("POST /v1/messages (messages.sendMessage) texts a person, whose answer comes by webhook", async () => {
  const sent = await client.messages.sendMessage({
    agent_id: account.agent_id, to_number: salon, body: "Can I book a manicure?",
  });
  assertShape(sent, {
    id: "string", status: "string", channel: "string", from_number: shapes.e164, to_number: shapes.e164,
    conversation_id: "string", media_urls: [],
  });
  assert.equal(sent.status, "sent");
  conversationId = sent.conversation_id;
  const event = await endpoint.next((e) => e.json.event === "agent.message" && e.json.channel === "sms");
  assert.equal(event.path, "/agent");
  assert.equal(event.headers["x-webhook-signature"], signatureOf(event, agentSecret));
  assert.match(event.json.data.message, /2 pm or 4 pm/);
  assert.equal(event.json.recentHistory.length, 1);
  await refused(client.messages.sendMessage({ agent_id: account.agent_id, to_number: "911", body: "x" }), 403);
});

test("GET /v1/numbers/{number_id}/messages (numbers.getMessages) answers newest first, by cursor", async () => {
  const all = await client.numbers.getMessages({ number_id: account.number_id });
  assertShape(all, shapes.cursorPage(shapes.numberMessage));
  assert.deepEqual(all.data.map((row) => row.direction), ["inbound", "outbound"]);
  const older = await client.numbers.getMessages({ number_id: account.number_id, before: all.data[0].receivedAt });
  assert.equal(older.data.length, 1);
});

test("GET /v1/conversations (conversations.listConversations) holds the thread", async () => {
  const list = await client.conversations.listConversations();
  assertShape(list, shapes.page(shapes.conversation));
  assert.equal(list.data[0].messageCount, 2);
});

test("GET /v1/agents/{agent_id}/conversations (agents.listAgentConversations) holds it too", async () => {
  const list = await client.agents.listAgentConversations({ agent_id: account.agent_id, limit: 10 });
  assertShape(list, shapes.page(shapes.agentConversation));
  assert.equal(list.total, 1);
});

test("GET /v1/conversations/{conversation_id} (conversations.getConversation) answers the messages", async () => {
  const thread = await client.conversations.getConversation({ conversation_id: conversationId, message_limit: 1 });
  assertShape(thread, shapes.conversationDetail);
  assert.equal(thread.messages.length, 1);
});

test("POST /v1/calls (calls.createOutboundCall) answers before the call is over", async () => {
  call = await client.calls.createOutboundCall({
    agentId: account.agent_id, toNumber: salon, systemPrompt: "Book a manicure.",
    initialGreeting: "Hi, I am an AI assistant. Could I book a manicure?",
  });
  assertShape(call, shapes.placedCall);
  assert.equal(call.status, "in-progress");
  await refused(client.calls.createOutboundCall({ agentId: account.agent_id, toNumber: "+1911" }), 403);
});

test("GET /v1/calls/{call_id} (calls.getCall) has the transcript once agent.call_ended has come", async () => {
  const event = await endpoint.next((e) => e.json.event === "agent.call_ended");
  assert.equal(event.json.data.callId, call.id);
  assert.equal(event.json.data.callSuccessful, true);
  const done = await client.calls.getCall({ call_id: call.id });
  assertShape(done, shapes.callDetail);
  assert.equal(done.status, "completed");
  assert.match(done.transcripts[0].response, /AI assistant/);
  assert.ok(done.transcripts.length > 3);
});

test("GET /v1/calls (calls.listCalls) filters by status", async () => {
  const list = await client.calls.listCalls({ status: "completed" }, { queryParams: { limit: 3 } });
  assertShape(list, shapes.page(shapes.call));
  assert.equal(list.total, 1);
  assert.equal((await client.calls.listCalls({ status: "failed" })).total, 0);
});

test("GET /v1/agents/{agent_id}/calls (agents.listAgentCalls) holds the call", async () => {
  const list = await client.agents.listAgentCalls({ agent_id: account.agent_id });
  assertShape(list, shapes.page(shapes.call));
  assert.equal(list.data[0].id, call.id);
});

test("DELETE /v1/numbers/{number_id} (numbers.deleteNumber) is final", async () => {
  const gone = await client.numbers.deleteNumber({ number_id: bought.id });
  assertShape(gone, { success: "boolean", phoneNumber: shapes.e164, status: "string" });
  await refused(client.numbers.deleteNumber({ number_id: bought.id }), 400);
});

test("DELETE /v1/agents/{agent_id} (agents.deleteAgent) says what was removed", async () => {
  const gone = await client.agents.deleteAgent({ agent_id: extra.id });
  assert.deepEqual(gone, { success: true, id: extra.id, name: "Second" });
  await refused(client.agents.deleteAgent({ agent_id: extra.id }), 404);
});

test("a key that is not a test key is refused", async () => {
  const stranger = new AgentPhoneClient({ token: "sk_live_nobody", baseUrl: sandbox.url, maxRetries: 0 });
  await refused(stranger.usage.getUsage(), 401);
});

test("all 28 operations of the brief were asked and answered", async () => {
  const log = await (await fetch(sandbox.url + "/_sandbox/requests")).json();
  const id = /\/(agt|num|conv|call)_[^/]+/g;
  const seen = new Set(log.data.filter((row) => row.status === 200)
    .map((row) => `${row.method} ${row.path.replace(id, "/{}")}`));
  assert.equal(seen.size, 28, [...seen].sort().join("\n"));
});
