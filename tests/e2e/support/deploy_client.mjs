// Both official clients against one URL; prints what they saw. A process of its own, because the authority that it has
// to trust comes in through NODE_EXTRA_CA_CERTS.
import {Client as LegacyClient} from '@modelcontextprotocol/sdk/client/index.js';
import {StreamableHTTPClientTransport as LegacyHttp} from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {Client as ModernClient, StreamableHTTPClientTransport as ModernHttp} from '@modelcontextprotocol/client';
import {modernRevision} from './protocol.mjs';

const url = new URL(process.argv[2]);
const identity = {name: 'agentphone-deploy', version: '1'};

async function listings(client, count) {
  const lists = [];
  for (let i = 0; i < count; i += 1) lists.push((await client.listTools()).tools.map((tool) => tool.name));
  return lists;
}

const modern = new ModernClient(identity, {capabilities: {}, versionNegotiation: {mode: {pin: modernRevision}}});
await modern.connect(new ModernHttp(url));
const seen = {modern: {revision: modern.getNegotiatedProtocolVersion(), lists: await listings(modern, 20)}, sessions: []};
await modern.close();

for (let i = 0; i < 6; i += 1) {
  const client = new LegacyClient(identity, {capabilities: {}});
  const transport = new LegacyHttp(url);
  await client.connect(transport);
  seen.sessions.push({id: transport.sessionId, lists: await listings(client, 3)});
  await client.close();
}
process.stdout.write(JSON.stringify(seen));
