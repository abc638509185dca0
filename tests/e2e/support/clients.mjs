// The two official clients behind one small face, so that one suite can drive both.
import {Client as LegacyClient} from '@modelcontextprotocol/sdk/client/index.js';
import {SSEClientTransport as LegacySse} from '@modelcontextprotocol/sdk/client/sse.js';
import {StdioClientTransport as LegacyStdio} from '@modelcontextprotocol/sdk/client/stdio.js';
import {StreamableHTTPClientTransport as LegacyHttp} from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {CallToolResultSchema, ElicitRequestSchema} from '@modelcontextprotocol/sdk/types.js';
import {Client as ModernClient, StreamableHTTPClientTransport as ModernHttp} from '@modelcontextprotocol/client';
import {StdioClientTransport as ModernStdio} from '@modelcontextprotocol/client/stdio';
import {binary, cleanEnv, makeHome, patience} from './binary.mjs';
import {startHttpServer} from './http_server.mjs';
import {modernRevision} from './protocol.mjs';
import {WireCheck, watchHttpTransport, watchTransport} from './wire_check.mjs';

const identity = {name: 'agentphone-e2e', version: '1.0.0'};

/** A client; with `person`, a function from an elicitation's params to its answer, one that shows forms. */
function makeClient(Client, options, person) {
  if (!person) return new Client(identity, options);
  const client = new Client(identity, {...options, capabilities: {...options.capabilities, elicitation: {}}});
  const kind = Client === LegacyClient ? ElicitRequestSchema : 'elicitation/create';
  client.setRequestHandler(kind, async (request) => person(request.params));
  return client;
}

class Connection {
  constructor(client, transport, check) {
    this.client = client;
    this.transport = transport;
    this.check = check;
    this.stderr = '';
    transport.stderr?.on('data', (chunk) => {
      this.stderr += chunk;
    });
  }

  /** Where sign-up codes appear: here, or at the process that serves the sandbox. */
  mailbox() {
    return (this.sandbox ?? this.http)?.server.stderr ?? this.stderr;
  }

  async listTools() {
    const tools = [];
    let cursor;
    do {
      const page = await this.client.listTools(cursor === undefined ? {} : {cursor});
      tools.push(...page.tools);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    return tools;
  }

  /** Asks again until `accept` likes the structured answer: how a client follows a call or waits for a text. */
  async callUntil(name, args, accept) {
    const deadline = Date.now() + patience;
    for (;;) {
      const result = await this.call(name, args);
      if (accept(result.structuredContent)) return result;
      if (Date.now() > deadline) throw new Error(`${name} never became as expected: ${JSON.stringify(result.structuredContent)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async close() {
    await this.client.close();
  }
}

class LegacyConnection extends Connection {
  call(name, args, options) {
    return this.client.callTool({name, arguments: args}, CallToolResultSchema, options);
  }
}

class ModernConnection extends Connection {
  call(name, args, options) {
    return this.client.callTool({name, arguments: args}, options);
  }
}

async function connect(t, {Client, Stdio, Kind, clientOptions, revision}, {command = binary, args = [], env = {}, home, sandbox, person} = {}) {
  const transport = new Stdio({command, args, env: cleanEnv(home ?? makeHome(t), env), stderr: 'pipe'});
  const check = new WireCheck(revision);
  watchTransport(transport, check);
  const client = makeClient(Client, clientOptions, person);
  const connection = new Kind(client, transport, check);
  connection.sandbox = sandbox;
  t?.after(() => connection.close());
  await client.connect(transport, {timeout: patience});
  return connection;
}

/** @modelcontextprotocol/sdk, which opens with `initialize`. */
export const legacy = {
  label: '@modelcontextprotocol/sdk (initialize)',
  connect: (t, options) => connect(t, {Client: LegacyClient, Stdio: LegacyStdio, Kind: LegacyConnection,
    clientOptions: {capabilities: {}}, revision: '2025-11-25'}, options),
};

/** @modelcontextprotocol/client, held to the stateless revision: it fails rather than falling back. */
export const modern = {
  label: '@modelcontextprotocol/client (2026-07-28)',
  connect: (t, options) => connect(t, {Client: ModernClient, Stdio: ModernStdio, Kind: ModernConnection,
    clientOptions: {capabilities: {}, versionNegotiation: {mode: {pin: modernRevision}}}, revision: modernRevision}, options),
};

/** The same client left to find out for itself, by a short-lived process of its own that it probes first. */
export const probing = {
  label: '@modelcontextprotocol/client (auto)',
  connect: (t, options) => connect(t, {Client: ModernClient, Stdio: ModernStdio, Kind: ModernConnection,
    clientOptions: {capabilities: {}, versionNegotiation: {mode: 'auto'}}, revision: modernRevision}, options),
};

const handshake = {Client: LegacyClient, Kind: LegacyConnection, clientOptions: {capabilities: {}}, revision: '2025-11-25'};
const stateless = {Client: ModernClient, Kind: ModernConnection, revision: modernRevision,
  clientOptions: {capabilities: {}, versionNegotiation: {mode: {pin: modernRevision}}}};

/** A client over HTTP: of `http`, a server that runs already, or of one of its own. */
async function connectHttp(t, {Client, Kind, clientOptions, revision}, {Transport, path}, {http, sandbox, person, ...server} = {}) {
  const at = http ?? await startHttpServer(t, server);
  const transport = new Transport(new URL(at.url + path), {requestInit: {headers: at.headers}});
  const check = new WireCheck(revision);
  watchHttpTransport(transport, check);
  const client = makeClient(Client, clientOptions, person);
  const connection = new Kind(client, transport, check);
  connection.http = at;
  connection.sandbox = sandbox;
  t?.after(() => connection.close());
  await client.connect(transport, {timeout: patience});
  return connection;
}

export const legacyHttp = {
  label: '@modelcontextprotocol/sdk (Streamable HTTP)',
  connect: (t, options) => connectHttp(t, handshake, {Transport: LegacyHttp, path: '/mcp'}, options),
};

export const legacySse = {
  label: '@modelcontextprotocol/sdk (HTTP+SSE)',
  connect: (t, options) => connectHttp(t, handshake, {Transport: LegacySse, path: '/sse'}, options),
};

export const modernHttp = {
  label: '@modelcontextprotocol/client (Streamable HTTP, 2026-07-28)',
  connect: (t, options) => connectHttp(t, stateless, {Transport: ModernHttp, path: '/mcp'}, options),
};
