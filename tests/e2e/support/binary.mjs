// The binary under test, a throwaway home for it, and a line-by-line view of its pipes.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';

export const binary = process.env.AGENTPHONE_MCP_BIN ?? '';
assert.ok(binary, 'AGENTPHONE_MCP_BIN must name the agentphone-mcp binary');

/** Sanitized and debug builds are slower and keep memory back; figures are judged on optimised builds only. */
export const isInstrumented = (process.env.AGENTPHONE_MCP_INSTRUMENTED ?? '') !== '';

/** How long any single wait may take before the test says what it waited for. */
export const patience = isInstrumented ? 60_000 : 20_000;

/** An empty home folder that is gone after the test. */
export function makeHome(t) {
  const home = mkdtempSync(path.join(tmpdir(), 'agentphone-e2e-'));
  t?.after(() => rmSync(home, {recursive: true, force: true}));
  return home;
}

/** The environment of a person who has never used the server: nothing of the developer's own leaks in. */
export function cleanEnv(home, extra = {}) {
  const sanitizer = process.env.TSAN_OPTIONS ? {TSAN_OPTIONS: process.env.TSAN_OPTIONS} : {};
  return {PATH: process.env.PATH, HOME: home, XDG_CONFIG_HOME: path.join(home, '.config'), ...sanitizer, ...extra};
}

/** The server with raw pipes: what is sent is sent as it stands, and every line that comes back is kept. */
export class RawServer {
  /** `launcher`: a command that gets the binary and its arguments, and becomes it. */
  constructor(args, {env, stdio = ['pipe', 'pipe', 'pipe'], launcher = []} = {}) {
    this.lines = [];
    this.messages = [];
    this.stdout = '';
    this.stderr = '';
    this.watchers = new Set();
    this.partial = '';
    const [command, ...rest] = [...launcher, binary, ...args];
    this.child = spawn(command, rest, {env, stdio});
    this.child.stdin?.on('error', () => {});
    this.child.stdout?.setEncoding('utf8').on('data', (chunk) => this.#take(chunk));
    this.child.stderr?.setEncoding('utf8').on('data', (chunk) => {
      this.stderr += chunk;
      this.#wake();
    });
    this.exited = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (code, signal) => {
        this.exit = {code, signal};
        this.#wake();
        resolve(this.exit);
      });
    });
  }

  #take(chunk) {
    this.stdout += chunk;
    const parts = (this.partial + chunk).split('\n');
    this.partial = parts.pop();
    for (const line of parts) {
      this.lines.push(line);
      this.messages.push(JSON.parse(line));
    }
    this.#wake();
  }

  #wake() {
    for (const watcher of [...this.watchers]) watcher();
  }

  /** Sends an object as one line, or a string or buffer exactly as given (with its own newline, if any). */
  send(message) {
    const text = typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message) + '\n';
    return this.child.stdin.write(text);
  }

  /** Resolves with the first truthy value of `look`, which is asked after every event. */
  until(what, look) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.watchers.delete(check);
        reject(new Error(`waited ${patience} ms for ${what}; last line: ${this.lines.at(-1)}; stderr: ${this.stderr.slice(-2000)}`));
      }, patience);
      const check = () => {
        const value = look();
        if (!value && !this.exit) return;
        clearTimeout(timer);
        this.watchers.delete(check);
        if (value) resolve(value);
        else reject(new Error(`server ended (${JSON.stringify(this.exit)}) before ${what}; stderr: ${this.stderr.slice(-2000)}`));
      };
      this.watchers.add(check);
      check();
    });
  }

  answerTo(id) {
    return this.until(`the answer to request ${JSON.stringify(id)}`,
      () => this.messages.find((m) => !Array.isArray(m) && m.id === id && !('method' in m)));
  }

  async request(message) {
    this.send({jsonrpc: '2.0', ...message});
    return this.answerTo(message.id);
  }

  /** Closes stdin, the way a client says goodbye, and waits for the end. */
  async close() {
    this.child.stdin.end();
    return this.exited;
  }

  /** For test clean-up: nothing may stay behind, whatever happened. */
  kill() {
    if (!this.exit) this.child.kill('SIGKILL');
  }
}

export function startRaw(t, args, options = {}) {
  const home = options.home ?? makeHome(t);
  const server = new RawServer(args, {env: cleanEnv(home, options.env), stdio: options.stdio, launcher: options.launcher});
  server.home = home;
  t?.after(() => server.kill());
  return server;
}

/** The last sign-up code that a sandbox printed on stderr for this mailbox. */
export function sandboxCode(stderr, email) {
  const found = [...stderr.matchAll(/sandbox mailbox: code (\d{6}) for (\S+)/g)].filter((m) => m[2] === email);
  return found.at(-1)?.[1];
}
