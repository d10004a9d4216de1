import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually, findDovecot } from '@guildhall/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { imapSource, type SourceBatch, SourceUnavailable } from './index.ts';

/** A real IMAP server (Dovecot), with a mailbox in a folder of its own. */
let folder: string;
let port: number;
let stop: () => Promise<void>;
let mails: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'guildhall-imap-'));
  chmodSync(folder, 0o755);
  port = await freePort();
  mails = join(folder, 'mail', 'runa', 'Maildir', 'new');
  for (const part of ['new', 'cur', 'tmp'])
    mkdirSync(join(folder, 'mail', 'runa', 'Maildir', part), { recursive: true });
  writeFileSync(join(folder, 'users'), `runa:{PLAIN}secret::::::\n`);
  // Dovecot reads mail as nobody's superuser: the mailbox belongs to its own user.
  await promisify(execFile)('chown', ['-R', 'dovecot:dovecot', join(folder, 'mail')]);
  const config = join(folder, 'dovecot.conf');
  writeFileSync(
    config,
    `base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/log
protocols = imap
ssl = no
disable_plaintext_auth = no
listen = 127.0.0.1
first_valid_uid = 0
first_valid_gid = 0
mail_location = maildir:${folder}/mail/%u/Maildir
passdb {
  driver = passwd-file
  args = ${folder}/users
}
userdb {
  driver = static
  args = uid=dovecot gid=dovecot home=${folder}/mail/%u
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
`,
  );
  const server = spawn(findDovecot() ?? 'dovecot', ['-F', '-c', config], { stdio: 'ignore' });
  stop = async () => {
    const ended = once(server, 'exit');
    server.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  await eventually('dovecot answers', () => answers(port));
});
afterAll(() => stop());

function deliver(number: number, subject: string): void {
  const id = `<m${number}@north.example>`;
  const lines = [
    'From: Ivo Dahl <ivo@x.example>',
    'To: runa@north.example',
    `Subject: ${subject}`,
    `Message-ID: ${id}`,
    'Date: Mon, 02 Mar 2026 09:00:00 +0000',
    '',
    `This is mail number ${number}.`,
    '',
  ];
  writeFileSync(join(mails, `${1_700_000_000 + number}.M${number}.host`), lines.join('\r\n'));
}

const source = (password = 'secret', mailbox = 'INBOX') =>
  imapSource({ host: '127.0.0.1', port, isSecure: false, user: 'runa', password, mailbox });

async function readAll(cursor: string, password?: string, mailbox?: string): Promise<SourceBatch[]> {
  const batches: SourceBatch[] = [];
  for await (const batch of source(password, mailbox)(cursor)) batches.push(batch);
  return batches;
}

it('reads a mailbox once, and then what came after', async () => {
  for (let number = 1; number <= 60; number++) deliver(number, `Report ${number}`);
  const first = await readAll('');
  expect(first.flatMap(({ records }) => records).length).toBe(60);
  expect(first.map(({ done, whole }) => [done, whole])).toEqual([
    [25, 60],
    [50, 60],
    [60, 60],
  ]);
  const [mail] = first[0]?.records ?? [];
  expect(mail).toMatchObject({
    kind: 'email',
    author: 'Ivo Dahl <ivo@x.example>',
    at: Date.UTC(2026, 2, 2, 9),
    metadata: { mailbox: 'INBOX' },
  });
  expect(mail?.key).toMatch(/^<m\d+@north\.example>$/);
  const cursor = first.at(-1)?.cursor ?? '';
  expect(await readAll(cursor)).toEqual([]);
  deliver(61, 'The new one');
  expect((await readAll(cursor)).flatMap(({ records }) => records.map(({ title }) => title))).toEqual(['The new one']);
});

it('goes on in the middle from the cursor of what was kept', async () => {
  const [first] = await readAll('');
  const rest = (await readAll(first?.cursor ?? '')).flatMap(({ records }) => records);
  expect(rest).toHaveLength(61 - 25);
});

it('says what is wrong and never with the password', async () => {
  await expect(readAll('', 'wrong-password')).rejects.toThrow(SourceUnavailable);
  await expect(readAll('', 'wrong-password')).rejects.toThrow(/refuses the user or the password/);
  await expect(readAll('', 'wrong-password')).rejects.not.toThrow(/wrong-password/);
  await expect(readAll('', 'secret', 'Nowhere')).rejects.toThrow(/no mailbox "Nowhere"/);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: free } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return free;
}

function answers(at: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect(at, '127.0.0.1');
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(undefined));
  });
}
