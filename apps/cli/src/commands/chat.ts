import { stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { MitosisClient, type XMTPMessage, type XMTPSession } from '@guildhall/sdk';
import type { Command } from 'commander';
import { printable, printDone, printJson, wantsJson } from '../output.ts';
import { wholeNumber } from './number.ts';

const POLL_MS = 250;

export function chatCommands(root: Command): void {
  root
    .command('send')
    .description('say one thing to an agent')
    .argument('<officeId>')
    .argument('<agentName>')
    .argument('<message>')
    .option('-w, --wait <seconds>', 'wait for the reply and print it', wholeNumber)
    .option('--json', 'print JSON')
    .action(send);
  root
    .command('chat')
    .description('talk with an agent; end with Ctrl-D or /quit')
    .argument('<officeId>')
    .argument('<agentName>')
    .action(chat);
}

async function send(
  officeId: string,
  agentName: string,
  message: string,
  options: { wait?: number; json?: boolean },
): Promise<void> {
  const client = await MitosisClient.fromConfig();
  const sent = await client.xmtpApi.send(officeId, { agent_id: agentName, content: message });
  if (options.wait === undefined)
    return printDone('sent', { status: 'sent', id: sent.message.id, request_ids: sent.request_ids }, options);
  const deadline = Date.now() + options.wait * 1000;
  for (;;) {
    const reply = (await client.xmtpApi.getMessages(officeId, agentName, 'admin-sdk', { limit: 50 })).find(
      (candidate: XMTPMessage) => candidate.id > sent.message.id && candidate.from_agent === agentName,
    );
    if (reply !== undefined) return wantsJson(options) ? printJson(reply) : say(reply);
    if (Date.now() > deadline)
      throw new Error(
        `${agentName} has not answered within ${options.wait} s. The message is kept; "mi agents get" tells how it stands.`,
      );
    await delay(POLL_MS);
  }
}

async function chat(officeId: string, agentName: string): Promise<void> {
  const client = await MitosisClient.fromConfig();
  const session = await client.xmtp.openSession(officeId, agentName);
  const { capabilities } = await session.negotiate(10_000);
  stdout.write(
    `Talking with ${agentName} (${capabilities?.join(', ') || 'capabilities unknown'}). End with Ctrl-D or /quit.\n`,
  );
  const lines = createInterface({ input: stdin, output: stdout, prompt: 'you> ' });
  let pending = 0;
  let isClosed = false;
  lines.once('close', () => {
    isClosed = true;
  });
  const promptAgain = () => {
    if (!isClosed) lines.prompt();
  };
  const listening = listen(session, (message) => {
    pending = Math.max(0, pending - 1);
    stdout.write('\r');
    say(message);
    promptAgain();
  });
  promptAgain();
  for await (const line of lines) {
    const text = line.trim();
    if (text === '/quit' || text === '/exit') break;
    if (text !== '') {
      pending++;
      await session.send(text);
    }
    promptAgain();
  }
  // What was piped in is answered before the door closes.
  for (let waited = 0; pending > 0 && waited < 30_000; waited += POLL_MS) await delay(POLL_MS);
  await session.close();
  await listening;
  stdout.write('\n');
}

async function listen(session: XMTPSession, onMessage: (message: XMTPMessage) => void): Promise<void> {
  for await (const message of session.stream(POLL_MS)) onMessage(message);
}

function say(message: XMTPMessage): void {
  for (const line of message.content.split('\n'))
    stdout.write(`${printable(message.from_agent)}> ${printable(line)}\n`);
}
