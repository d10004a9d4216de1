import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, styleText } from 'node:util';
import { MitosisClient, type Task, type XMTPMessage } from '@guildhall/sdk';
import { openStage, type Stage } from './stage.ts';
import { Story } from './story.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const DOCUMENTS = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'];
const TASK = 'Find out: which variable changes where the server keeps its data?';
const QUESTION = 'Which address does the server listen on by default?';
const WITHIN_MS = 30_000;

/**
 * The guided tour on real input. Every step is checked; the exit code is 0 only when all of them held. `--endpoint` and
 * `--key` use a running server, else temporary ones are started: on SQLite, on PostgreSQL (`--database-url`), or several
 * processes on one PostgreSQL (`--servers 3`).
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      endpoint: { type: 'string' },
      key: { type: 'string' },
      'database-url': { type: 'string' },
      servers: { type: 'string', default: '1' },
    },
  });
  const startedAt = performance.now();
  const stage = await openStage({
    endpoint: values.endpoint,
    key: values.key,
    databaseUrl: values['database-url'],
    servers: Number(values.servers),
  });
  try {
    await tour(stage);
  } finally {
    await stage.close();
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`${styleText('green', `Every step held, on ${stage.name}, in ${seconds} s.`)}\n`);
}

async function tour(stage: Stage): Promise<void> {
  // Each step goes to the next server: what one wrote, all of them see.
  const clients = stage.urls.map((endpoint) => new MitosisClient({ endpoint, apiKey: stage.key }));
  let turn = 0;
  const next = (): MitosisClient => clients[turn++ % clients.length] as MitosisClient;

  const office = await next().offices.create({ name: `Demo ${new Date().toISOString()}`, forceCreate: true });
  const story = await Story.follow(next(), office.id);
  try {
    await play(next, office.id, story);
  } finally {
    await story.end();
    await next().offices.delete(office.id);
  }
}

async function play(next: () => MitosisClient, officeId: string, story: Story): Promise<void> {
  story.chapter('Two agents are hired');
  await next().employees.hire(officeId, { name: 'aria', role: 'researcher' });
  await next().employees.hire(officeId, { name: 'bo', role: 'reviewer' });
  await story.saw('agent.hired', 2);

  story.chapter('The documents of this repository go onto the drive');
  for (const name of DOCUMENTS) await next().files.upload(officeId, name, await readFile(`${root}/${name}`));
  await story.saw('file.uploaded', DOCUMENTS.length);

  story.chapter(`Aria gets a task, Bo reviews it: "${TASK}"`);
  const before = (await next().credits.balance(officeId)).balance;
  const { id } = await next().tasks.create(officeId, {
    title: TASK,
    assigned_to: 'aria',
    reviewer: 'bo',
    verification_type: 'sources',
  });
  await story.saw('task.claimed');
  await story.saw('task.submitted');
  await story.saw('task.accepted');
  await checkResult(next, officeId, await next().tasks.get(officeId, id), story);

  story.chapter(`A question in chat: "${QUESTION}"`);
  const sent = await next().xmtpApi.send(officeId, { agent_id: 'aria', content: QUESTION });
  await story.saw('message.sent', 2);
  const reply = (await next().xmtpApi.getMessages(officeId, 'aria', 'admin-sdk')).find(
    (message: XMTPMessage) => message.id > sent.message.id,
  );
  story.check(
    'the answer names the address and its source',
    reply !== undefined && /127\.0\.0\.1:8080[\s\S]*Source: \S+\.md/.test(reply.content),
  );

  story.chapter('The work has been paid for');
  await story.saw('run.succeeded', 3);
  const after = (await next().credits.balance(officeId)).balance;
  const [latest] = await next().credits.history(officeId, { limit: 1 });
  story.check(
    `credits went from ${before} to ${after}, and the books say the same`,
    after < before && latest?.balance_after === after,
  );
}

async function checkResult(next: () => MitosisClient, officeId: string, task: Task, story: Story): Promise<void> {
  const [file] = (task.evidence.files ?? []) as { name: string; sha256: string }[];
  story.check('the task is done', task.state === 'done');
  story.check('its result answers the question', /GUILDHALL_DATA/.test(task.result ?? ''));
  story.check('it names its source', DOCUMENTS.includes(String((task.evidence.sources as string[] | undefined)?.[0])));
  const content = file === undefined ? '' : await (await next().files.download(officeId, file.name)).text();
  story.check(`the result file ${file?.name} is on the drive and says the same`, content.includes(task.result ?? '?'));
  story.check('Bo checked the evidence against the drive', task.review_notes?.startsWith('Checked:') === true);
}

const timer = setTimeout(() => {
  process.stderr.write(`The demo did not end within ${(2 * WITHIN_MS) / 1000} s.\n`);
  process.exit(1);
}, 2 * WITHIN_MS);
main().then(
  () => clearTimeout(timer),
  (error: unknown) => {
    clearTimeout(timer);
    process.stderr.write(
      `${styleText('red', `The demo failed: ${error instanceof Error ? error.message : String(error)}`)}\n`,
    );
    process.exitCode = 1;
  },
);
