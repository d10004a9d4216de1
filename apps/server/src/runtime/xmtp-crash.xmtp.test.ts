import { eventually, openTestDatabase, startXmtpNetwork } from '@guildhall/testing';
import { expect, it } from 'vitest';
import { type ServerProcess, startServerProcess } from '../testing/server-process.ts';
import { Outsider } from '../testing/xmtp-outsider.ts';

const KEY = 'mi_xmtp_crash_owner_key_0001';
const KILLS = 6;

it(`${KILLS} kills while somebody outside talks to an agent lose no word and answer none twice`, {
  timeout: 240_000,
}, async () => {
  const network = await startXmtpNetwork();
  const database = await openTestDatabase();
  const start = () =>
    startServerProcess(database, {
      GUILDHALL_OWNER_KEY: KEY,
      GUILDHALL_XMTP_ENV: 'local',
      GUILDHALL_XMTP_URL: network.url,
      GUILDHALL_XMTP_FOLDER: process.env.XMTP_PATH ?? '',
      // Leases of a dead process on PostgreSQL run out; on SQLite the next start knows that it is dead.
      GUILDHALL_RUN_LEASE_MS: '2000',
    });
  let server: ServerProcess = await start();
  const friend = await Outsider.open(network);
  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${server.url}/api/v1/offices${path}`, {
      method,
      headers: {
        authorization: `Bearer ${KEY}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return text === '' ? undefined : JSON.parse(text);
  };
  try {
    const { id } = await call('POST', '', { name: 'storm' });
    await call('POST', `/${id}/employees`, { name: 'aria' });
    await call('POST', `/${id}/integrations/xmtp/agents/aria`, { enabled: true });
    await call('PATCH', `/${id}/settings`, { xmtp_peers: [friend.address] });
    const aria: string = await eventually('aria to be there', async () => {
      const { integrations } = await call('GET', `/${id}/employees/aria/integrations`);
      return integrations[0]?.status === 'active' ? integrations[0].address : undefined;
    });
    const messages = (): Promise<{ from_agent: string; content: string; delivery: string }[]> =>
      call('GET', `/${id}/xmtp/messages/aria/${friend.address}?limit=500`);
    const answerCount = async () => (await messages()).filter(({ from_agent }) => from_agent === 'aria').length;
    for (let kill = 0; kill < KILLS; kill++) {
      const word = `word ${kill} before`;
      const sentBefore = network.groupMessageCount();
      await friend.say(aria, word);
      /** At another moment each time: when it has left its writer, is known in the house, is thought about, is answered, has left the house. */
      const moments: (() => Promise<boolean> | boolean)[] = [
        () => network.groupMessageCount() > sentBefore,
        async () => (await messages()).some(({ content }) => content === word),
        async () =>
          (await call('GET', `/${id}/runs?status=running`)).length > 0 || (await answerCount()) >= 2 * kill + 1,
        async () => (await answerCount()) >= 2 * kill + 1,
        () => network.groupMessageCount() > sentBefore + 1,
      ];
      const moment = moments[kill % moments.length] ?? (() => true);
      await eventually('the moment', async () => ((await moment()) ? true : undefined));
      await server.end('SIGKILL');
      await friend.say(aria, `word ${kill} while it was down`);
      server = await start();
    }
    const said = Array.from({ length: KILLS }, (_, kill) => [
      `word ${kill} before`,
      `word ${kill} while it was down`,
    ]).flat();
    const kept = await eventually(
      'every word to be known, and answered',
      async () => {
        const all = await messages();
        const answers = all.filter(({ from_agent }) => from_agent === 'aria');
        return answers.length >= said.length && answers.every(({ delivery }) => delivery !== 'sent') ? all : undefined;
      },
      90_000,
    );
    const theirs = kept.filter(({ from_agent }) => from_agent === friend.address).map(({ content }) => content);
    expect([...theirs].sort()).toEqual([...said].sort());
    expect(kept.filter(({ from_agent }) => from_agent === 'aria')).toHaveLength(said.length);
    // By their ids, out there too: what was sent twice is one message.
    await eventually('every answer to be heard', () => (friend.heard.length >= said.length ? true : undefined));
    expect(friend.heard).toHaveLength(said.length);
  } finally {
    await friend.close();
    await server.end('SIGKILL');
    await database.drop();
    await network.stop();
  }
});
