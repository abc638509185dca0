// Pings one server again and again and prints how long the answers took. A process of its own, so that what other
// sessions cost their client is not measured along: node ping_loop.mjs PORT TOKEN SECONDS
import {setTimeout as pause} from 'node:timers/promises';
import {RawSession} from './raw_session.mjs';

const [port, token, seconds] = process.argv.slice(2);
const session = new RawSession({port: Number(port), headers: {authorization: `Bearer ${token}`}});
await session.open();
for (let i = 0; i < 100; i += 1) await session.request('ping');
const times = [];
const until = performance.now() + Number(seconds) * 1000;
while (performance.now() < until) {
  const sent = performance.now();
  await session.request('ping');
  times.push(performance.now() - sent);
  await pause(10);
}
session.close();
times.sort((a, b) => a - b);
const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
process.stdout.write(JSON.stringify({count: times.length, p50: at(0.5), p99: at(0.99), most: times.at(-1)}));
