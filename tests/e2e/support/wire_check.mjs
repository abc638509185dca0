// Validates every message a server writes against the official JSON Schema of the revision it speaks.
// The schemas are not part of this repository: the check runs where a checkout of them lies next to ours, or where
// AGENTPHONE_MCP_SCHEMAS names their folder (one sub-folder per revision), and says so when it cannot.
import assert from 'node:assert/strict';
import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {StringDecoder} from 'node:string_decoder';
import {fileURLToPath} from 'node:url';
import {Ajv} from 'ajv';
import {Ajv2020} from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import {modernRevision} from './protocol.mjs';

const beside = fileURLToPath(new URL('../../../../shared/mcp/schema', import.meta.url));
const folder = process.env.AGENTPHONE_MCP_SCHEMAS ?? beside;

export const schemasAvailable = existsSync(path.join(folder, modernRevision, 'schema.json'));
export const schemasMissing = schemasAvailable ? false :
  'the official schemas are not here; set AGENTPHONE_MCP_SCHEMAS to their folder';

const resultTypes = {
  'initialize': 'InitializeResult',
  'server/discover': 'DiscoverResult',
  'ping': 'EmptyResult',
  'logging/setLevel': 'EmptyResult',
  'tools/list': 'ListToolsResult',
  'tools/call': 'CallToolResult',
  'resources/list': 'ListResourcesResult',
  'resources/templates/list': 'ListResourceTemplatesResult',
  'resources/read': 'ReadResourceResult',
  'completion/complete': 'CompleteResult',
  'resources/subscribe': 'EmptyResult',
  'resources/unsubscribe': 'EmptyResult',
  'subscriptions/listen': 'SubscriptionsListenResult',
};

const validators = new Map();

/** A compiled validator for one definition of one revision. */
function validator(revision, definition) {
  const name = `${revision}#${definition}`;
  if (!validators.has(name)) {
    const schema = JSON.parse(readFileSync(path.join(folder, revision, 'schema.json'), 'utf8'));
    const home = schema.$defs ? '$defs' : 'definitions';
    assert.ok(schema[home][definition], `revision ${revision} has no definition ${definition}`);
    const ajv = home === '$defs' ? new Ajv2020({strict: false, allErrors: true}) : new Ajv({strict: false, allErrors: true});
    ajvFormats.default(ajv);
    validators.set(name, ajv.compile({...schema, $ref: `#/${home}/${definition}`}));
  }
  return validators.get(name);
}

const hasDefinition = (revision, definition) => {
  try {
    validator(revision, definition);
    return true;
  } catch {
    return false;
  }
};

/** Watches one conversation. Feed it what the client sends and each line that the server writes. */
export class WireCheck {
  constructor(revision) {
    this.revision = revision;
    this.methods = new Map();
    this.revisions = new Map();
    this.checked = 0;
    this.seen = [];
    this.outgoing = [];
    this.problems = [];
    this.partial = '';
    this.decoder = new StringDecoder('utf8');
  }

  /** A message on its way to the server. Modern requests say their revision themselves. */
  sent(message) {
    if (Array.isArray(message)) return message.forEach((m) => this.sent(m));
    this.outgoing.push(message);
    if (message?.id === undefined || message.method === undefined) return;
    this.methods.set(message.id, message.method);
    const claim = message.params?._meta?.['io.modelcontextprotocol/protocolVersion'];
    this.revisions.set(message.id, claim === undefined ? this.revision : modernRevision);
    if (message.method === 'initialize') this.initializeId = message.id;
  }

  /** A piece of the server's stdout, cut anywhere. */
  chunk(bytes) {
    const parts = (this.partial + this.decoder.write(bytes)).split('\n');
    this.partial = parts.pop();
    parts.forEach((line) => this.line(line));
  }

  line(line) {
    let message;
    try {
      message = JSON.parse(line);
    } catch {
      this.problems.push(`not JSON: ${line}`);
      return;
    }
    for (const one of Array.isArray(message) ? message : [message]) this.message(one);
  }

  message(message) {
    this.checked += 1;
    this.seen.push(message);
    if (message.id !== undefined && message.id === this.initializeId && message.result?.protocolVersion) {
      this.revision = message.result.protocolVersion;
      this.revisions.set(message.id, this.revision);
    }
    if (!schemasAvailable) return;
    const asked = message.method === undefined ? message.id : undefined;  // the server's own requests count apart
    const revision = this.revisions.get(asked) ?? this.revision;
    this.#against(revision, 'JSONRPCMessage', message, message);
    if (message.method !== undefined) {
      this.#against(revision, message.id === undefined ? 'ServerNotification' : 'ServerRequest', message, message);
    } else if (message.error !== undefined) {
      const old = hasDefinition(revision, 'JSONRPCError');
      this.#against(revision, old ? 'JSONRPCError' : 'JSONRPCErrorResponse', message, message);
      if (message.error.code === -32022) this.#against(modernRevision, 'UnsupportedProtocolVersionError', message, message);
    } else {
      const old = hasDefinition(revision, 'JSONRPCResponse') && !hasDefinition(revision, 'JSONRPCResultResponse');
      this.#against(revision, old ? 'JSONRPCResponse' : 'JSONRPCResultResponse', message, message);
      this.#result(revision, message);
    }
  }

  #result(revision, message) {
    const asks = message.result?.resultType === 'input_required';
    const type = asks ? 'InputRequiredResult' : resultTypes[this.methods.get(message.id)] ?? 'Result';
    this.#against(revision, type, message.result, message);
    if (revision !== modernRevision) {
      for (const leak of ['resultType', 'ttlMs', 'cacheScope']) {
        if (message.result?.[leak] !== undefined) this.problems.push(`${leak} in a ${revision} answer: ${JSON.stringify(message)}`);
      }
    }
  }

  #against(revision, definition, value, message) {
    const validate = validator(revision, definition);
    if (validate(value)) return;
    const why = validate.errors.slice(0, 4).map((e) => `${e.instancePath || '/'} ${e.message}`).join('; ');
    this.problems.push(`not a ${revision} ${definition}: ${why}\n  ${JSON.stringify(message).slice(0, 600)}`);
  }

  /** Ends the watch: nothing may be wrong, and something must have been seen. */
  verify() {
    assert.equal(this.partial, '', 'the server ended in the middle of a line');
    assert.ok(this.checked > 0, 'no message was seen');
    assert.deepEqual(this.problems, []);
    return this.checked;
  }
}

/** Lets `check` see both directions of an SDK stdio transport, without changing what the client itself sees. */
export function watchTransport(transport, check) {
  const start = transport.start.bind(transport);
  const send = transport.send.bind(transport);
  transport.start = async () => {
    await start();
    // The SDKs keep the child process in this field; its stdout may have any number of listeners.
    transport._process.stdout.on('data', (chunk) => check.chunk(chunk));
  };
  transport.send = (message, ...rest) => {
    check.sent(message);
    return send(message, ...rest);
  };
  return transport;
}

/** The same for a transport over HTTP, whose messages arrive parsed. */
export function watchHttpTransport(transport, check) {
  const send = transport.send.bind(transport);
  let deliver;
  Object.defineProperty(transport, 'onmessage', {
    get: () => deliver,
    set: (handler) => {
      deliver = handler && ((message, ...rest) => {
        check.message(message);
        return handler(message, ...rest);
      });
    },
  });
  transport.send = (message, ...rest) => {
    check.sent(message);
    return send(message, ...rest);
  };
  return transport;
}
