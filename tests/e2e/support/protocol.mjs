// The few protocol facts that raw tests need. The real clients bring their own.
export const legacyRevisions = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'];
export const modernRevision = '2026-07-28';

const key = (name) => `io.modelcontextprotocol/${name}`;

/** The envelope that every modern request carries. */
export function modernMeta(extra = {}) {
  return {
    [key('protocolVersion')]: modernRevision,
    [key('clientCapabilities')]: {},
    [key('clientInfo')]: {name: 'e2e', version: '1'},
    ...extra,
  };
}

export function initialize(id, protocolVersion) {
  return {jsonrpc: '2.0', id, method: 'initialize',
    params: {protocolVersion, capabilities: {}, clientInfo: {name: 'e2e', version: '1'}}};
}

export const initialized = {jsonrpc: '2.0', method: 'notifications/initialized'};

/** All tools, sorted by name. */
export const toolNames = [
  'account_overview', 'attach_number', 'buy_number', 'create_agent', 'delete_agent', 'detach_number', 'end_call', 'get_agent',
  'get_conversation', 'get_webhook', 'list_agents', 'list_calls', 'list_conversations', 'list_events', 'list_messages', 'list_numbers',
  'list_voices', 'place_call', 'poll_call', 'release_number', 'send_sms', 'set_webhook', 'sign_up', 'test_webhook',
  'update_agent', 'verify', 'wait_for_message',
];
