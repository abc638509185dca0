// Replays the conversations of *.txt against the real binary on stdio.
//
//   AGENTPHONE_MCP_BIN=path node run.mjs [--update] [name.txt ...]
//
// A file is a run of lines:
//   # text               what this conversation guards
//   args: --flag ...     how the server is started (default: no arguments)
//   client: text         sent as one line, as it stands
//   client-bytes: "..."  a JSON string whose characters are the bytes to send; the newline is added
//   server: json         one expected message; neighbouring server lines may come in any order
// In expected JSON "<any>" stands for any value, "<text: word>" for a string that contains word, and a member "<more>"
// (in an array: a last element "<more>") allows what is not listed. A group of server lines is complete: an answer that
// is not expected, then or at the end of input, fails. After the last line stdin is closed and the server must exit
// with 0. --update rewrites the groups that no longer fit with what the server said.
import {spawn} from 'node:child_process';
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const binary = process.env.AGENTPHONE_MCP_BIN;
const patience = 20_000;

function fits(pattern, value) {
  if (pattern === '<any>') return true;
  if (typeof pattern === 'string' && pattern.startsWith('<text: ') && pattern.endsWith('>')) {
    return typeof value === 'string' && value.includes(pattern.slice(7, -1));
  }
  if (Array.isArray(pattern)) {
    if (!Array.isArray(value)) return false;
    const open = pattern.at(-1) === '<more>';
    const listed = open ? pattern.slice(0, -1) : pattern;
    return (open ? value.length >= listed.length : value.length === listed.length) && listed.every((p, i) => fits(p, value[i]));
  }
  if (pattern !== null && typeof pattern === 'object') {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
    const {'<more>': open, ...listed} = pattern;
    const keys = Object.keys(listed);
    return keys.every((k) => k in value && fits(listed[k], value[k])) && (open !== undefined || Object.keys(value).length === keys.length);
  }
  return pattern === value;
}

/** Pairs every pattern with a message of its own, or gives undefined. Groups are small, so trying all ways is fine. */
function pairs(patterns, messages) {
  if (patterns.length !== messages.length) return false;
  if (patterns.length === 0) return true;
  const [first, ...others] = patterns;
  return messages.some((message, i) => fits(first, message) && pairs(others, messages.filter((_, j) => j !== i)));
}

function parse(file) {
  const steps = [];
  let args = [];
  readFileSync(file, 'utf8').split('\n').forEach((line, index) => {
    const at = index + 1;
    const [, kind, text] = /^([a-z-]+): ?(.*)$/.exec(line) ?? [];
    if (line === '' || line.startsWith('#')) return;
    if (kind === 'args') args = text.split(' ');
    else if (kind === 'client') steps.push({send: Buffer.from(text + '\n'), at});
    else if (kind === 'client-bytes') steps.push({send: Buffer.from(JSON.parse(text) + '\n', 'latin1'), at});
    else if (kind === 'server') {
      const expected = {pattern: JSON.parse(text), at};
      if (steps.at(-1)?.expect) steps.at(-1).expect.push(expected);
      else steps.push({expect: [expected], at});
    } else throw new Error(`${file}:${at}: not a transcript line: ${line}`);
  });
  if (!readFileSync(file, 'utf8').startsWith('#')) throw new Error(`${file} must begin with what it guards`);
  return {args, steps};
}

class Conversation {
  constructor(args, home) {
    this.received = [];
    this.partial = '';
    this.child = spawn(binary, args, {env: {PATH: process.env.PATH, HOME: home, XDG_CONFIG_HOME: path.join(home, '.config')}});
    this.child.stdin.on('error', () => {});
    this.child.stderr.resume();
    this.child.stdout.setEncoding('utf8').on('data', (chunk) => {
      const lines = (this.partial + chunk).split('\n');
      this.partial = lines.pop();
      this.received.push(...lines);
      this.wake?.();
    });
    this.ended = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (code, signal) => {
        this.exit = {code, signal};
        this.wake?.();
        resolve(this.exit);
      });
    });
  }

  /** The next `count` lines, or fewer when the server ends or stays silent for too long. */
  async take(count) {
    if (this.received.length < count && !this.exit) {
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, patience);
        this.wake = () => {
          if (this.received.length < count && !this.exit) return;
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.received.splice(0, count);
  }
}

async function replay(file, {update}) {
  const {args, steps} = parse(file);
  const home = mkdtempSync(path.join(tmpdir(), 'agentphone-transcript-'));
  const talk = new Conversation(args, home);
  const problems = [];
  const rewrites = new Map();
  for (const step of steps) {
    if (step.send) {
      talk.child.stdin.write(step.send);
      continue;
    }
    const lines = await talk.take(step.expect.length);
    if (pairs(step.expect.map((e) => e.pattern), lines.map((line) => JSON.parse(line)))) continue;
    problems.push(`line ${step.at}: expected\n${step.expect.map((e) => '    ' + JSON.stringify(e.pattern)).join('\n')}\n  but the server said\n${lines.map((l) => '    ' + l).join('\n') || '    nothing'}`);
    if (lines.length < step.expect.length) break;
    step.expect.forEach((e, i) => rewrites.set(e.at, `server: ${lines[i]}`));
  }
  talk.child.stdin.end();
  const timer = setTimeout(() => talk.child.kill('SIGKILL'), patience);
  const {code, signal} = await talk.ended;
  clearTimeout(timer);
  rmSync(home, {recursive: true, force: true});
  if (talk.received.length > 0) problems.push(`unexpected at the end: ${talk.received.join('\n    ')}`);
  if (code !== 0) problems.push(`exit with ${code ?? signal}, expected 0`);
  if (update && rewrites.size > 0) {
    const lines = readFileSync(file, 'utf8').split('\n').map((line, i) => rewrites.get(i + 1) ?? line);
    writeFileSync(file, lines.join('\n'));
  }
  return problems;
}

if (!binary) {
  console.error('AGENTPHONE_MCP_BIN must name the agentphone-mcp binary');
  process.exit(2);
}
const update = process.argv.includes('--update');
const named = process.argv.slice(2).filter((a) => a !== '--update');
const files = (named.length > 0 ? named : readdirSync(here).filter((name) => name.endsWith('.txt') && name !== 'CMakeLists.txt').sort());
let failed = 0;
for (const name of files) {
  const problems = await replay(path.resolve(here, name), {update});
  console.log(`${problems.length === 0 ? 'ok  ' : update ? 'new ' : 'FAIL'} ${name}`);
  problems.forEach((problem) => console.log(`  ${problem}`));
  failed += problems.length > 0 && !update ? 1 : 0;
}
console.log(`${files.length - failed} of ${files.length} transcripts hold`);
process.exit(failed === 0 ? 0 : 1);
