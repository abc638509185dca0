// What the README claims about tools and options must be what the binary says.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {binary, cleanEnv, makeHome} from './support/binary.mjs';
import {toolNames} from './support/protocol.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
const help = (t, ...args) => execFileSync(binary, [...args, '--help'], {encoding: 'utf8', env: cleanEnv(makeHome(t))});

test('the table of tools names all of them, and the ones that need confirm', () => {
  const rows = [...readme.matchAll(/^\| [a-z-]+ \| (`[a-z_]+`\*?(?:, `[a-z_]+`\*?)*) \|$/gm)].map((m) => m[1]).join(', ');
  const named = [...rows.matchAll(/`([a-z_]+)`/g)].map((m) => m[1]);
  assert.deepEqual(named.sort(), toolNames);
  const starred = [...rows.matchAll(/`([a-z_]+)`\*/g)].map((m) => m[1]);
  assert.deepEqual(starred.sort(), ['buy_number', 'delete_agent', 'release_number']);
});

test('every option of the binary is in the README, and the README names no other', (t) => {
  const options = new Set([...(help(t) + help(t, 'sandbox') + help(t, 'http')).matchAll(/(?<=\s|^)--[a-z][a-z-]+/gm)].map((m) => m[0]));
  options.delete('--help');
  options.delete('--version');
  const named = new Set([...readme.matchAll(/(?<=^\|[^|]*)`(--[a-z][a-z-]+)/gm)].map((m) => m[1]));
  assert.deepEqual([...named].sort(), [...options].sort());
});

test('links inside the repository lead somewhere', () => {
  for (const file of ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'examples/client_configs/README.md',
    'examples/deploy/README.md']) {
    const text = readFileSync(path.join(root, file), 'utf8');
    for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)) {
      assert.ok(existsSync(path.join(root, path.dirname(file), target)), `${file} links to ${target}`);
    }
  }
});
