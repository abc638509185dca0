// The demo of the README must tell its whole story, because it is the first thing a stranger runs.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {binary, cleanEnv, makeHome, patience} from './support/binary.mjs';

const demo = fileURLToPath(new URL('../../examples/demo.mjs', import.meta.url));

test('the demo plays to the end', async (t) => {
  const {stdout} = await promisify(execFile)(process.execPath, [demo, binary], {env: cleanEnv(makeHome(t)), timeout: patience * 3});
  const scenes = ['sign_up', 'verify', 'account_overview', 'send_sms', 'list_messages', 'place_call',
    'list_conversations', 'release_number'];
  let from = 0;
  for (const scene of scenes) {
    const at = stdout.indexOf(scene, from);
    assert.ok(at >= 0, `${scene} is missing after:\n${stdout.slice(0, from)}`);
    from = at;
  }
  assert.doesNotMatch(stdout, /sk_(live|test)_/);
});
