import type { Context } from '../context/index.ts';
import { loadMemory, tables } from './memory-place.ts';

export interface ConnectableSource {
  kind: string;
  title: string;
  /** The feeds of this kind that there are, and how many things each has brought. */
  feeds: { feedKey: string; itemCount: number }[];
  /** `always` is taken in by itself; `command` by a command that somebody runs; `api` by whoever sends it. */
  by: 'always' | 'command' | 'api';
  how: string;
  /** What it asks for besides a key of this house. */
  needs: string;
}

/** How the commands of `mi` name the feeds that they fill. */
const FEEDS_OF: Record<string, RegExp> = {
  files: /^ext_(?:mail|calendar|contacts|files)\./,
  vault: /^ext_vault_/,
  imap: /^ext_imap_/,
  calendar: /^ext_calendar_/,
  github: /^ext_github_/,
  conversations: /^ext_conversations\./,
};

const KINDS: (Omit<ConnectableSource, 'feeds'> & { isIts(feed: { feedKey: string }): boolean })[] = [
  own('drive', 'The office drive', 'drive_files'),
  own('chat', 'Office chat', 'messages'),
  own('tasks', 'Tasks and their results', 'tasks'),
  byCommand('files', 'Files, mailboxes, calendars and contacts of this machine', 'mi cortex ingest <path>', ''),
  byCommand('vault', 'A folder of Markdown notes', 'mi cortex sync-vault <folder>', ''),
  byCommand('imap', 'A mailbox', 'mi cortex sync imaps://<user>@<server>', 'its password in SOURCE_PASSWORD'),
  byCommand(
    'calendar',
    'A calendar behind an address',
    'mi cortex sync caldavs://<user>@<server>/<path>, or https://<server>/<calendar>.ics',
    'of CalDAV: its password in SOURCE_PASSWORD',
  ),
  byCommand(
    'github',
    'Issues of a repository',
    'mi cortex sync github:<owner>/<repository>',
    'GITHUB_TOKEN, if it is private',
  ),
  byCommand('conversations', 'Exports of ChatGPT, Claude and Slack', 'mi cortex ingest <export>', ''),
  {
    kind: 'custom',
    title: 'Rows of your own',
    by: 'api',
    how: 'POST …/cortex/v1/feeds/register, then POST …/cortex/v1/ingest with external ids',
    needs: '',
    isIts: ({ feedKey }) => feedKey.includes('.') && !Object.values(FEEDS_OF).some((feed) => feed.test(feedKey)),
  },
];

function own(kind: string, title: string, key: string) {
  const isIts = ({ feedKey }: { feedKey: string }) => feedKey === key;
  return { kind, title, by: 'always' as const, how: 'It is taken in by itself.', needs: '', isIts };
}

function byCommand(kind: string, title: string, how: string, needs: string) {
  const isIts = ({ feedKey }: { feedKey: string }) => FEEDS_OF[kind]?.test(feedKey) === true;
  return { kind, title, by: 'command' as const, how, needs, isIts };
}

/** What can be taken into this memory, how, and what of it is there. */
export async function readConnectable(context: Context, officeId: string): Promise<ConnectableSource[]> {
  const { store } = await loadMemory(context, officeId, 'memory:read');
  const registered =
    store === undefined
      ? []
      : await tables(context)
          .selectFrom('memory_feeds')
          .select(['feed_key', 'item_count'])
          .where('store', '=', store.number)
          .execute();
  const feeds = registered.map((feed) => ({
    feedKey: feed.feed_key,
    itemCount: Number(feed.item_count),
  }));
  return KINDS.map(({ isIts, ...source }) => ({
    ...source,
    feeds: feeds.filter(isIts).map(({ feedKey, itemCount }) => ({ feedKey, itemCount })),
  }));
}
