// A phone for an AI agent, played end to end in the sandbox: no account, no key, no network, nothing to install.
//
//   node examples/demo.mjs [path/to/agentphone-mcp]
//
// This is a whole MCP client in one file: it starts the server, speaks JSON-RPC over its pipes, and does what a model
// would do. It exits with 0 only when every scene happened.
import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';
import {setTimeout as pause} from 'node:timers/promises';

const binary = process.argv[2] ?? 'build/release/agentphone-mcp';
const owner = 'you@example.com';
const salon = '+14155550123';

const server = spawn(binary, ['--sandbox', '--sandbox-speed', '20'], {stdio: ['pipe', 'pipe', 'pipe']});
const waiting = new Map();
const watching = new Map();  // by progress token
let mailbox = '';
let nextId = 1;

server.on('error', (error) => fail(`${binary} does not start: ${error.message}`));
server.stderr.setEncoding('utf8').on('data', (text) => { mailbox += text; });
createInterface({input: server.stdout}).on('line', (line) => {
  const message = JSON.parse(line);
  if (message.method === 'notifications/progress') watching.get(message.params.progressToken)?.(message.params);
  waiting.get(message.id)?.(message);
  waiting.delete(message.id);
});

function fail(why) {
  console.error(`\nThe demo stopped: ${why}`);
  server.kill();
  process.exit(1);
}

function request(method, params, onProgress) {
  const id = nextId++;
  if (onProgress) {
    watching.set(id, onProgress);
    params = {...params, _meta: {progressToken: id}};
  }
  const answer = new Promise((resolve, reject) => {
    waiting.set(id, ({result, error}) => (error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result)));
  });
  server.stdin.write(JSON.stringify({jsonrpc: '2.0', id, method, params}) + '\n');
  return answer;
}

async function tool(name, args, {mayFail = false, onProgress} = {}) {
  const result = await request('tools/call', {name, arguments: args}, onProgress);
  if (result.isError && !mayFail) throw new Error(`${name}: ${result.content[0].text}`);
  return {...result.structuredContent, failed: Boolean(result.isError), text: result.content[0].text};
}

/** Asks until the answer is as hoped: messages and calls take their time, here as in life. */
async function toolUntil(name, args, hoped, {patience = 30_000} = {}) {
  for (const end = Date.now() + patience; ;) {
    const answer = await tool(name, args);
    if (hoped(answer)) return answer;
    if (Date.now() > end) throw new Error(`${name} took too long`);
    await pause(100);
  }
}

let scene = 0;
const bold = process.stdout.isTTY ? (text) => `\x1b[1m${text}\x1b[0m` : (text) => text;
const title = (name, about) => console.log(`\n${bold(`${++scene}. ${name}`)}  ${about}`);
const say = (text) => console.log(`   ${text}`);

async function play() {
  const hello = await request('initialize',
    {protocolVersion: '2025-11-25', capabilities: {}, clientInfo: {name: 'demo', version: '1.0.0'}});
  server.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
  const {tools} = await request('tools/list', {});
  console.log(`${hello.serverInfo.name} ${hello.serverInfo.version}: ${tools.length} tools over MCP ${hello.protocolVersion}, in the sandbox.`);

  title('sign_up', `the agent asks for a phone of its own, for ${owner}`);
  const signUp = await tool('sign_up', {human_email: owner, agent_name: 'Robin'});
  const code = /sandbox mailbox: code (\d{6}) for \S+/.exec(mailbox)?.[1] ?? await new Promise((resolve) => {
    server.stderr.on('data', () => {
      const found = /sandbox mailbox: code (\d{6}) for \S+/.exec(mailbox);
      if (found) resolve(found[1]);
    });
  });
  say(`a six-digit code is in the mailbox: ${code}`);

  title('verify', 'the person reads out the code, and the account, agent and number exist');
  const account = await tool('verify', {verification_id: signUp.verification_id, otp_code: code});
  say(`agent ${account.agent_id} has the number ${account.phone_number}`);

  title('account_overview', 'the first call of every session');
  const overview = await tool('account_overview', {});
  say(`plan ${overview.plan}, ${overview.numbers_quota.used} of ${overview.numbers_quota.limit} numbers, agents: ${overview.agents.map((a) => a.name).join(', ')}`);

  title('send_sms', `to ${salon}`);
  const question = 'Hi, this is Robin, an AI assistant. Are you open on Saturday?';
  const sent = await tool('send_sms', {agent_id: account.agent_id, to_number: salon, body: question});
  say(`> ${question}`);
  say(`(${sent.message_id}, ${sent.status})`);

  title('list_messages', 'until they answer');
  const inbox = await toolUntil('list_messages', {number_id: account.number_id},
    ({messages}) => messages.some((m) => m.direction === 'inbound'));
  say(`< ${inbox.messages.find((m) => m.direction === 'inbound').body}`);

  title('place_call', `the agent rings ${salon}, and the conversation scrolls by`);
  let shown = 0;
  const call = await tool('place_call', {agent_id: account.agent_id, to_number: salon, wait_seconds: 60,
    system_prompt: 'Book a manicure for Sam on Saturday after lunch, or else on Sunday.',
    initial_greeting: 'Hi, could I book a manicure, please?'}, {onProgress: ({message}) => {
    shown += 1;
    say(message);
  }});
  if (call.outcome !== 'completed' || shown < 2) throw new Error(`the call ended as ${call.outcome} after ${shown} turns`);
  say(`(${call.outcome}, ${call.duration_seconds} s of sandbox time, hung up by ${call.ended_by}: ${call.summary})`);

  title('list_conversations', 'what the agent will find next time');
  const {conversations} = await tool('list_conversations', {});
  for (const thread of conversations) say(`${thread.participant}: ${thread.message_count} messages, last "${thread.last_message}"`);
  if (conversations.length === 0) throw new Error('no conversation was kept');

  title('release_number', 'would destroy something, so without confirm it only says what would happen');
  const refused = await tool('release_number', {number_id: account.number_id}, {mayFail: true});
  if (!refused.failed) throw new Error('release_number acted without confirm');
  say(refused.text.split('\n')[0]);
  const {numbers} = await tool('list_numbers', {});
  if (!numbers.some((n) => n.number_id === account.number_id)) throw new Error('the number is gone');
  say(`${account.phone_number} is still ours.`);
}

try {
  await play();
  server.stdin.end();
  const [status] = await new Promise((resolve) => server.once('close', (...how) => resolve(how)));
  if (status !== 0) throw new Error(`the server ended with ${status}`);
  console.log('\nThat was the whole story. With a key, the same binary does it for real: see README.md.');
} catch (error) {
  fail(error.message);
}
