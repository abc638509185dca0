// `agentphone-mcp sandbox`: the simulated REST API on a loopback port that the system chooses.
import {watch} from 'node:fs';
import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {makeHome, patience, startRaw} from './binary.mjs';

async function readPort(folder, file) {
  const text = await readFile(path.join(folder, file), 'utf8').catch(() => '');
  return /^\d+\s*$/.test(text) ? Number(text) : undefined;
}

/** Resolves when the port file holds a port; the file system tells us, so nobody polls. */
export function portWritten(server, folder, file) {
  return new Promise((resolve, reject) => {
    const done = (act, value) => {
      clearTimeout(timer);
      watcher.close();
      act(value);
    };
    const look = () => readPort(folder, file).then((port) => port !== undefined && done(resolve, port));
    const watcher = watch(folder, look);
    const timer = setTimeout(() => done(reject, new Error(`no port file; stderr: ${server.stderr}`)), patience);
    server.exited.then((exit) => done(reject, new Error(`the server ended ${JSON.stringify(exit)}: ${server.stderr}`)));
    look();
  });
}

export class ServedSandbox {
  constructor(server, port, secure) {
    this.server = server;
    this.url = `${secure ? 'https' : 'http'}://127.0.0.1:${port}`;
  }

  async control(method, target, body) {
    const response = await fetch(this.url + '/_sandbox/' + target, {method,
      headers: body === undefined ? {} : {'content-type': 'application/json'},
      body: body === undefined ? undefined : JSON.stringify(body)});
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} /_sandbox/${target}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  /** What reached the API, oldest first: {method, path, status, ...}. */
  async requests() {
    return (await this.control('GET', 'requests')).data;
  }

  /** Scripts a misbehaviour for the next request that matches. */
  async fault(fault) {
    await this.control('POST', 'faults', fault);
  }

  async stop() {
    this.server.child.kill('SIGTERM');
    return this.server.exited;
  }
}

export async function startServedSandbox(t, {args = [], secure = false} = {}) {
  const home = makeHome(t);
  const file = 'sandbox.port';
  const server = startRaw(t, ['sandbox', '--port', '0', '--port-file', path.join(home, file), ...args], {home});
  return new ServedSandbox(server, await portWritten(server, home, file), secure);
}
