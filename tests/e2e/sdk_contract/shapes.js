// Shapes of the published contract, as far as a client relies on them. A field's type is one or more of JavaScript's
// names joined by '|'; an object means a nested shape, an array of one shape a list of them.
import assert from "node:assert/strict";

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
export const e164 = /^\+[1-9]\d{1,14}$/;

export const agentNumber = { id: "string", phoneNumber: e164, status: "string", type: "string" };

export const agent = {
  id: "string", name: "string", description: "string|null", voiceMode: "string", enableMessaging: "boolean",
  modelTier: "string", systemPrompt: "string|null", beginMessage: "string|null", voice: "string",
  transferNumber: "string|null", voicemailMessage: "string|null", sttMode: "string", ambientSound: "string",
  denoisingMode: "string", maxSilenceMs: "number", voiceSpeed: "number", interruptionSensitivity: "number",
  enableBackchannel: "boolean", language: "string", createdAt: time, numbers: [agentNumber],
};

export const number = {
  id: "string", phoneNumber: e164, country: "string", status: "string", type: "string", agentId: "string|null",
  createdAt: time,
};

export const numberMessage = {
  id: "string", from_: "string", from: "string", to: "string", body: "string", direction: "string",
  channel: "string|null", receivedAt: time,
};

export const agentConversation = {
  id: "string", agentId: "string|null", phoneNumberId: "string", phoneNumber: e164, participant: "string",
  lastMessageAt: time, lastMessagePreview: "string", messageCount: "number", createdAt: time,
};

export const conversation = {
  ...agentConversation, isGroup: "boolean", groupId: "string|null", groupName: "string|null",
  groupIconUrl: "string|null", participants: [{ identifier: "string" }], metadata: "object|null",
};

const { lastMessagePreview, ...conversationHead } = conversation;
export const conversationDetail = {
  ...conversationHead,
  messages: [{
    id: "string", body: "string", fromNumber: "string", toNumber: "string", direction: "string",
    channel: "string|null", mediaUrl: "string|null", mediaUrls: [], receivedAt: time, reactions: [],
  }],
};

export const call = {
  id: "string", agentId: "string|null", phoneNumberId: "string|null", phoneNumber: "string|null", fromNumber: "string",
  toNumber: "string", direction: "string", status: "string", startedAt: time, endedAt: "string|null",
  durationSeconds: "number|null", lastTranscriptSnippet: "string|null",
};

export const callDetail = {
  ...call, recordingUrl: "string|null", recordingAvailable: "boolean|null",
  transcripts: [{ id: "string", transcript: "string", confidence: "number|null", response: "string|null", createdAt: time }],
};

export const placedCall = {
  id: "string", agentId: "string", phoneNumberId: "string", fromNumber: e164, toNumber: e164, direction: "string",
  status: "string", startedAt: time, retellCallId: "string|null",
};

export const webhook = {
  id: "string", url: "string", secret: /^whsec_.{16,}$/, status: "string", contextLimit: "number", timeout: "number",
  createdAt: time,
};

export const webhookTest = {
  success: "boolean", httpStatus: "number|null", errorMessage: "string|null", statusCode: "number|null",
  responseMs: "number|null", error: "string|null",
};

export const voice = {
  voice_id: "string", voice_name: "string", provider: "string", gender: "string|null", accent: "string|null",
  preview_audio_url: "string|null",
};

export const usage = {
  plan: { name: "string", limits: { numbers: "number", messagesPerMonth: "number", voiceMinutesPerMonth: "number",
                                    maxCallDurationMinutes: "number", concurrentCalls: "number" } },
  numbers: { used: "number", limit: "number", remaining: "number" },
  stats: {
    totalMessages: "number", messagesLast24h: "number", messagesLast7d: "number", messagesLast30d: "number",
    totalCalls: "number", callsLast24h: "number", callsLast7d: "number", callsLast30d: "number",
    totalWebhookDeliveries: "number", successfulWebhookDeliveries: "number", failedWebhookDeliveries: "number",
  },
  periodStart: time, periodEnd: time,
};

export const page = (row) => ({ data: [row], hasMore: "boolean", total: "number" });
export const cursorPage = (row) => ({ data: [row], hasMore: "boolean" });

const typeName = (value) => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value);

/** Throws an assertion that names the path where `value` is not of `shape`. Every field of a shape must be there. */
export function assertShape(value, shape, path = "answer") {
  if (shape instanceof RegExp) {
    assert.equal(typeof value, "string", path);
    assert.match(value, shape, path);
  } else if (typeof shape === "string") {
    assert.ok(shape.split("|").includes(typeName(value)), `${path} is ${typeName(value)}, expected ${shape}`);
  } else if (Array.isArray(shape)) {
    assert.ok(Array.isArray(value), `${path} is ${typeName(value)}, expected a list`);
    value.forEach((row, i) => shape.length && assertShape(row, shape[0], `${path}[${i}]`));
  } else {
    assert.equal(typeName(value), "object", path);
    for (const [name, inner] of Object.entries(shape)) {
      assert.ok(name in value, `${path}.${name} is missing`);
      assertShape(value[name], inner, `${path}.${name}`);
    }
  }
}
