// The official conformance suite of the protocol, which speaks HTTP only: all of it against the fixture server, and
// what needs no fixture against the product itself.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, watch} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const suite = path.join(here, '../e2e/node_modules/@modelcontextprotocol/conformance/dist/index.js');
const expectedFailures = path.join(here, 'expected_failures.yml');
const fixture = process.env.AGENTPHONE_MCP_FIXTURE;
const product = process.env.AGENTPHONE_MCP_BIN;
assert.ok(fixture && product, 'AGENTPHONE_MCP_FIXTURE and AGENTPHONE_MCP_BIN must name the binaries');

const nodeMajor = Number(process.versions.node.split('.')[0]);
const tooOld = nodeMajor < 22 && `the suite needs Node 22, this is ${process.version}`;

/** Starts a server that writes its port to a file, and stops it with the test. */
async function start(t, command, args, env = {}) {
  const home = mkdtempSync(path.join(tmpdir(), 'agentphone-conformance-'));
  const portFile = path.join(home, 'port');
  const written = portWritten(home, portFile);
  const child = spawn(command, [...args, '--port', '0', '--port-file', portFile],
    {env: {PATH: process.env.PATH, HOME: home, XDG_CONFIG_HOME: home, ...env}, stdio: ['ignore', 'ignore', 'pipe']});
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { stderr += text; });
  const exited = new Promise((resolve) => child.on('close', (code, signal) => resolve({code, signal})));
  t.after(async () => {
    child.kill('SIGTERM');
    const {code} = await exited;
    rmSync(home, {recursive: true, force: true});
    assert.equal(code, 0, `the server must stop in order: ${stderr}`);
  });
  const port = await Promise.race([written, exited.then((exit) => assert.fail(`${JSON.stringify(exit)} ${stderr}`))]);
  return {url: `http://127.0.0.1:${port}/mcp`, stderr: () => stderr};
}

/** The port file appears complete, by a rename. */
function portWritten(folder, file) {
  return new Promise((resolve) => {
    const watcher = watch(folder, () => {
      let text;
      try {
        text = readFileSync(file, 'utf8');
      } catch {
        return;
      }
      watcher.close();
      resolve(Number(text));
    });
  });
}

const colours = /\x1b\[\d+m/g;

/** Runs the suite; its output is returned and, when it fails, shown. */
async function conform(args) {
  const child = spawn(process.execPath, [suite, 'server', ...args],
    {env: {...process.env, NO_COLOR: '1', FORCE_COLOR: '0'}, stdio: ['ignore', 'pipe', 'pipe']});
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { output += text.replace(colours, ''); });
  const code = await new Promise((resolve) => child.on('close', resolve));
  const failures = output.split('\n').filter((line) => /FAILURE|WARNING|✗/.test(line));
  return {code, output, failures};
}

/** Every check of a run passed: those that are scored and those that are only reported. */
function assertClean({code, output, failures}) {
  assert.deepEqual(failures, [], output);
  assert.equal(code, 0, output);
}

const total = (output) => output.match(/Total: .*/)?.[0] ?? output.match(/Passed: .*/)?.[0] ?? 'no summary';

/** Some of what a requirements run reports without scoring it: it must have been run, and have passed, all the same. */
const notScored = {
  '2025-11-25': ['server-session-lifecycle', 'json-schema-2020-12', 'server-sse-polling'],
  '2026-07-28': ['tasks-lifecycle', 'tasks-mrtr-input', 'http-header-validation', 'http-custom-header-server-validation'],
};

for (const revision of ['2025-11-25', '2026-07-28']) {
  test(`the fixture meets the requirements of ${revision}`, {skip: tooOld}, async (t) => {
    const server = await start(t, fixture, []);
    const run = await conform(['--url', server.url, '--requirements', revision, '--expected-failures', expectedFailures]);
    t.diagnostic(total(run.output));
    for (const line of run.output.match(/Not scored.*/g) ?? []) t.diagnostic(line);
    assertClean(run);
    for (const scenario of notScored[revision]) assert.match(run.output, new RegExp(`✓ ${scenario}: `));
  });
}

for (const version of ['2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28']) {
  test(`the fixture passes every scenario that ${version} has`, {skip: tooOld}, async (t) => {
    const server = await start(t, fixture, []);
    const run = await conform(['--url', server.url, '--suite', 'all', '--spec-version', version]);
    t.diagnostic(total(run.output));
    assertClean(run);
  });
}

/**
 * Scenarios that need no tools of the suite's own, each with the checks that do after all: they ask for one of its
 * diagnostic tools.
 */
const withoutFixture = {
  'server-initialize': [],
  'ping': [],
  'tools-list': [],
  'server-stateless': ['sep-2575-server-rejects-undeclared-capability', 'sep-2575-missing-capability-http-400',
    'sep-2575-http-server-no-independent-requests-on-stream', 'sep-2575-server-no-log-without-loglevel'],
  'dns-rebinding-protection': [],
  'caching': [],
  'http-header-validation': [],
};

test('the product passes what needs no fixture', {skip: tooOld}, async (t) => {
  const server = await start(t, product, ['http', '--sandbox', '--no-auth']);
  for (const [scenario, notOurs] of Object.entries(withoutFixture)) {
    await t.test(scenario, async (t) => {
      const run = await conform(['--url', server.url, '--scenario', scenario]);
      t.diagnostic(total(run.output));
      const failed = run.failures.map((line) => line.match(/\[([a-z0-9-]+) *\]/)?.[1] ?? line);
      assert.deepEqual(failed.sort(), [...notOurs].sort(), run.output);
    });
  }
});
