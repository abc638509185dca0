// The MCP Inspector's command line, as a developer would use it to look at the server.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import path from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {binary, cleanEnv, makeHome, patience} from './support/binary.mjs';
import {toolNames} from './support/protocol.mjs';

const [major, minor] = process.versions.node.split('.').map(Number);
const skip = major > 22 || (major === 22 && minor >= 19) ? false : `the Inspector needs Node 22.19, this is ${process.version}`;

const cli = fileURLToPath(new URL('node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js', import.meta.url));

async function inspect(t, ...args) {
  const home = makeHome(t);
  const {stdout} = await promisify(execFile)(process.execPath, [cli, '--cli', binary, '--sandbox', ...args],
    {env: {...cleanEnv(home), PATH: path.dirname(process.execPath) + ':' + process.env.PATH}, cwd: home, timeout: patience * 3});
  return JSON.parse(stdout);
}

test('Inspector: tools/list shows all tools, and its strict portability check has nothing to report', {skip}, async (t) => {
  const listed = await inspect(t, '--method', 'tools/list', '--strict');
  assert.deepEqual(listed.tools.map((tool) => tool.name), toolNames);
});

test('Inspector: tools/call reaches the sandbox', {skip}, async (t) => {
  const result = await inspect(t, '--method', 'tools/call', '--tool-name', 'sign_up', '--tool-arg', 'human_email=owner@example.com');
  assert.ok(!result.isError, JSON.stringify(result));
  assert.match(result.structuredContent.verification_id, /\S/);
});
