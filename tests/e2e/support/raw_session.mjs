// One session of Streamable HTTP on one kept connection, without an SDK: light enough to have a thousand of them.
import http from 'node:http';
import {initialize, initialized} from './protocol.mjs';

export class RawSession {
  constructor(server) {
    this.server = server;
    this.agent = new http.Agent({keepAlive: true, maxSockets: 1});
    this.nextId = 1;
  }

  #send(method, body, headers = {}) {
    return new Promise((resolve, reject) => {
      const request = http.request({host: '127.0.0.1', port: this.server.port, path: '/mcp', method, agent: this.agent,
        headers: {'content-type': 'application/json', 'accept': 'application/json, text/event-stream', ...this.server.headers,
          ...(this.id ? {'mcp-session-id': this.id, 'mcp-protocol-version': '2025-11-25'} : {}), ...headers}}, resolve);
      request.on('error', reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  async post(message) {
    const response = await this.#send('POST', message);
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk;
    return {response, text};
  }

  async open() {
    const {response} = await this.post(initialize(0, '2025-11-25'));
    if (response.statusCode !== 200) throw new Error(`initialize: ${response.statusCode}`);
    this.id = response.headers['mcp-session-id'];
    await this.post(initialized);
    return this;
  }

  /** The result of one request, as JSON or as the last event of a stream. */
  async request(method, params) {
    const id = this.nextId++;
    const {response, text} = await this.post({jsonrpc: '2.0', id, method, params});
    if (response.statusCode !== 200) throw new Error(`${method}: ${response.statusCode} ${text}`);
    const isStream = response.headers['content-type'].startsWith('text/event-stream');
    const json = isStream ? text.split('\n').filter((line) => line.startsWith('data: {')).at(-1).slice(6) : text;
    const message = JSON.parse(json);
    if (message.id !== id || message.error) throw new Error(`${method}: ${json}`);
    return message.result;
  }

  call(name, args) {
    return this.request('tools/call', {name, arguments: args});
  }

  /** Opens the stream for what belongs to no request, and leaves it open. */
  async listen() {
    const response = await this.#send('GET', undefined, {accept: 'text/event-stream'});
    if (response.statusCode !== 200) throw new Error(`GET: ${response.statusCode}`);
    this.ended = new Promise((resolve) => response.on('close', resolve));
    response.resume();
  }

  close() {
    this.agent.destroy();
  }
}
