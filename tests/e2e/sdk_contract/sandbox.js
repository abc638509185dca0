// A sandbox process on a free port, and an endpoint that receives its webhook events. Nothing here waits by the clock:
// the port file's appearance and the events themselves are what is waited for.
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, watch } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

export async function startSandbox(speed) {
  const binary = process.env.AGENTPHONE_MCP_BIN;
  if (!binary) throw new Error("AGENTPHONE_MCP_BIN must name the agentphone-mcp executable");
  const folder = mkdtempSync(join(tmpdir(), "agentphone-sandbox-"));
  const portFile = join(folder, "port");
  const appeared = new Promise((resolve) => {
    const watcher = watch(folder, () => {
      if (!existsSync(portFile)) return;
      watcher.close();
      resolve();
    });
  });
  const child = spawn(binary, ["sandbox", "--port", "0", "--port-file", portFile, "--sandbox-speed", String(speed)], {
    stdio: ["pipe", "inherit", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  const died = once(child, "exit").then(([code]) => {
    throw new Error(`the sandbox ended with ${code} before it served: ${stderr}`);
  });
  await Promise.race([appeared, died]);
  died.catch(() => {});
  const port = Number(readFileSync(portFile, "utf8"));
  return {
    url: `http://127.0.0.1:${port}`,
    stderr: () => stderr,
    async stop() {
      const ended = child.exitCode === null ? once(child, "exit") : Promise.resolve();
      child.stdin.end();
      child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Collects webhook events. next(wanted) resolves with the first event, already here or still to come, that fits. */
export async function startEndpoint() {
  const events = [];
  const waiting = [];
  const offer = () => {
    for (const wait of [...waiting]) {
      const at = events.findIndex(wait.wanted);
      if (at < 0) continue;
      waiting.splice(waiting.indexOf(wait), 1);
      wait.resolve(events.splice(at, 1)[0]);
    }
  };
  const server = createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const raw = Buffer.concat(chunks);
      events.push({ path: request.url, headers: request.headers, raw, json: JSON.parse(raw.toString("utf8")) });
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
      offer();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: (path) => `http://127.0.0.1:${server.address().port}${path}`,
    next(wanted) {
      return new Promise((resolve) => {
        waiting.push({ wanted, resolve });
        offer();
      });
    },
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}

export function signatureOf(event, secret) {
  const hmac = createHmac("sha256", secret);
  hmac.update(`${event.headers["x-webhook-timestamp"]}.`).update(event.raw);
  return `sha256=${hmac.digest("hex")}`;
}
