// Installs the pinned npm packages of the end-to-end tests, exactly as locked. Does nothing when they are there already.
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const lock = createHash('sha256').update(readFileSync(path.join(here, 'package-lock.json'))).digest('hex');
const stamp = path.join(here, 'node_modules', '.installed');

if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) {
  console.log('e2e: npm packages are installed');
} else {
  console.log('e2e: installing the locked npm packages');
  // No script of a package runs: none of those we pin needs one.
  const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    {cwd: here, stdio: ['ignore', 'inherit', 'inherit']});
  if (npm.status !== 0) process.exit(npm.status ?? 1);
  writeFileSync(stamp, lock);
}
