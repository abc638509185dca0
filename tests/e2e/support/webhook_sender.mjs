// AgentPhone's side of a webhook: signs events and posts them.
import {createHmac} from 'node:crypto';
import http from 'node:http';

export const hookPath = '/webhooks/agentphone';

export function textEvent(id, data = {}) {
  return {event: 'agent.message', channel: 'sms', timestamp: '2026-04-19T17:20:11Z', agentId: 'agt_1',
    data: {messageId: id, conversationId: 'conv_1', numberId: 'num_1', from: '+14155550123', to: '+14155550100',
      message: `Text ${id}`, mediaUrls: [], direction: 'inbound', ...data},
    conversationState: null, recentHistory: []};
}

export function signed(secret, body, timestamp = Math.floor(Date.now() / 1000)) {
  const digest = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex');
  return {'x-webhook-timestamp': String(timestamp), 'x-webhook-signature': `sha256=${digest}`};
}

export class WebhookSender {
  constructor(port, secret) {
    this.port = port;
    this.secret = secret;
  }

  /** Resolves with {status, body}; status 0 when there was no answer. */
  post(id, event, headers = {}) {
    const body = Buffer.from(JSON.stringify(event));
    return new Promise((resolve) => {
      const request = http.request({host: '127.0.0.1', port: this.port, path: hookPath, method: 'POST', agent: false,
        headers: {'content-type': 'application/json', 'content-length': body.length, 'x-webhook-id': id,
          'x-webhook-event': event.event, ...signed(this.secret, body), ...headers}}, async (response) => {
        let text = '';
        try {
          for await (const chunk of response.setEncoding('utf8')) text += chunk;
          resolve({status: response.statusCode, body: text});
        } catch {
          resolve({status: response.statusCode, body: text});  // the head is the promise; the end was cut
        }
      });
      request.on('error', () => resolve({status: 0, body: ''}));
      request.end(body);
    });
  }
}
