// `agentphone-mcp http` on a loopback port that the system chooses.
import {readFileSync, rmSync} from 'node:fs';
import path from 'node:path';
import {makeHome, startRaw} from './binary.mjs';
import {portWritten} from './served_sandbox.mjs';

export class HttpServer {
  constructor(server, port, token) {
    this.server = server;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.token = token;
    this.headers = token === undefined ? {} : {authorization: `Bearer ${token}`};
  }

  /** Asks it to stop, and resolves with how it ended. */
  async stop(signal = 'SIGTERM') {
    this.server.child.kill(signal);
    return this.server.exited;
  }
}

export async function startHttpServer(t, {args = ['--sandbox'], env = {}, home = makeHome(t), port = 0, launcher} = {}) {
  const portFile = 'http.port';
  rmSync(path.join(home, portFile), {force: true});  // of a server that ran here before
  const tokenFile = path.join(home, 'token');
  const auth = args.includes('--no-auth') || args.includes('--token-file') ? [] : ['--token-file', tokenFile];
  const server = startRaw(t, ['http', '--port', String(port), '--port-file', path.join(home, portFile), ...auth, ...args],
    {home, env, launcher});
  const bound = await portWritten(server, home, portFile);
  return new HttpServer(server, bound, auth.length > 0 ? readFileSync(tokenFile, 'utf8').trim() : undefined);
}
