import {
  calDavSource,
  gitHubSource,
  icsSource,
  imapSource,
  type Source,
  SourceUnavailable,
} from '@guildhall/connectors';
import type { Command } from 'commander';
import { sourcePassword } from '../environment.ts';
import { memoryOf, type OfficeOption, withOffice } from '../office.ts';
import { printDone } from '../output.ts';
import { Progress } from '../progress.ts';
import { toRow } from './cortex-ingest.ts';

interface SyncOptions extends OfficeOption {
  mailbox: string;
  insecure?: boolean;
  baseUrl?: string;
}

/** What is synchronised: how it is read, and the feed that it goes to. */
interface Target {
  feedKey: string;
  source: Source;
}

/**
 * Reads a mailbox, a calendar or a tracker from where the last reading ended: the cursor is kept in the memory, beside what was
 * read, so it can be stopped at any moment and run from any machine. Secrets come from the environment and stay here.
 */
export function cortexSyncCommand(cortex: Command): void {
  withOffice(
    cortex
      .command('sync')
      .description('read a source from where the last reading ended')
      .argument(
        '<address>',
        'imaps://user@host, caldav(s)://user@host/path, https://…/calendar.ics, github:owner/name',
      ),
  )
    .option('--mailbox <name>', 'of an IMAP account', 'INBOX')
    .option('--insecure', 'accept a certificate that nobody vouches for')
    .option('--base-url <url>', 'of a GitHub of your own')
    .addHelpText('after', '\nPasswords and tokens are read from SOURCE_PASSWORD (GITHUB_TOKEN for github:).')
    .action(async (address: string, options: SyncOptions) => {
      const { feedKey, source } = targetOf(address, options);
      const memory = await memoryOf(options);
      const { feeds } = await memory.status();
      const before = feeds.find(({ feed_key }) => feed_key === feedKey)?.cursor ?? '';
      const progress = new Progress();
      const totals = { read: 0, ingested: 0, updated: 0, unchanged: 0, forgotten: 0 };
      for await (const { records, cursor, done, whole } of source(before)) {
        if (records.length > 0) {
          const rows = records.map((record) => toRow(record.key, record));
          const answer = await memory.ingest({ feed_key: feedKey, rows, cursor });
          totals.read += records.length;
          for (const name of ['ingested', 'updated', 'unchanged', 'forgotten'] as const) totals[name] += answer[name];
        }
        progress.show(address, done, whole);
      }
      progress.end();
      printDone(
        `${totals.read} read: ${totals.ingested} new, ${totals.updated} changed.`,
        { status: 'ok', feed_key: feedKey, ...totals },
        options,
      );
    });
}

function targetOf(address: string, options: SyncOptions): Target {
  const gitHub = /^github:([\w.-]+\/[\w.-]+)$/.exec(address)?.[1];
  if (gitHub !== undefined) {
    const { baseUrl } = options;
    const source = gitHubSource({ repository: gitHub, token: sourcePassword('GITHUB_TOKEN'), baseUrl });
    return { feedKey: feedOf('github', gitHub), source };
  }
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    throw new Error('It must be an address such as imaps://user@host or github:owner/name.');
  }
  const user = url.username === '' ? undefined : decodeURIComponent(url.username);
  const password = sourcePassword('SOURCE_PASSWORD');
  const scheme = url.protocol.replace(/:$/, '');
  if (scheme === 'imap' || scheme === 'imaps') {
    if (user === undefined || password === undefined)
      throw new SourceUnavailable('A mailbox needs a user in the address and its password in SOURCE_PASSWORD.');
    const isSecure = scheme === 'imaps';
    const port = url.port === '' ? (isSecure ? 993 : 143) : Number(url.port);
    const { mailbox, insecure } = options;
    const source = imapSource({
      host: url.hostname,
      port,
      isSecure,
      user,
      password,
      mailbox,
      acceptsAnyCertificate: insecure === true,
    });
    return { feedKey: feedOf('imap', `${user}_${url.hostname}_${mailbox}`), source };
  }
  const isCalDav = scheme === 'caldav' || scheme === 'caldavs';
  if (!isCalDav && scheme !== 'http' && scheme !== 'https')
    throw new Error('It must be imap(s)://…, caldav(s)://…, http(s)://… or github:<owner>/<repository>.');
  const place = new URL(address.replace(/^caldav/, 'http'));
  place.username = '';
  const calendar = { url: place.toString(), user, password };
  return {
    feedKey: feedOf('calendar', `${place.hostname}${place.pathname}`),
    source: isCalDav ? calDavSource(calendar) : icsSource(calendar),
  };
}

/** The same for the same source, so that its cursor is found again. */
function feedOf(kind: string, name: string): string {
  const words = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
  return `ext_${kind}_${words}`.slice(0, 60).concat('.integration_feed');
}
