// The ready-made client configurations must be valid and must start a server that answers.
import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {startRaw} from './support/binary.mjs';
import {initialize} from './support/protocol.mjs';

const folder = fileURLToPath(new URL('../../examples/client_configs', import.meta.url));

for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
  test(`${file} starts the server`, async (t) => {
    const text = readFileSync(path.join(folder, file), 'utf8');
    assert.doesNotMatch(text, /sk_(live|test)_/, 'examples hold no key');
    const config = JSON.parse(text);
    const entry = (config.mcpServers ?? config.servers).agentphone;
    assert.equal(path.basename(entry.command), 'agentphone-mcp');
    // What the clients put in for a variable that is not set, or a prompt left empty: nothing.
    const env = Object.fromEntries(Object.entries(entry.env ?? {}).map(([name, value]) => [name, value.replace(/\$\{[^}]*\}/g, '')]));
    const server = startRaw(t, entry.args, {env});
    const answer = await server.request(initialize(1, '2025-11-25'));
    assert.equal(answer.result.serverInfo.name, 'agentphone-mcp');
    assert.deepEqual(await server.close(), {code: 0, signal: null});
  });
}
