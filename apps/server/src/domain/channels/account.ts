import { randomBytes } from 'node:crypto';
import { errors, GuildhallError } from '@guildhall/kernel';
import type { Context } from '../context/index.ts';
import { inTransaction, record } from '../context/index.ts';
import type { ChannelName } from './channel.ts';
import { newWallet } from './wallet.ts';

/** An agent's account on a network, held by this process until its lease ends. */
export interface ChannelAccount {
  agentId: string;
  agentName: string;
  officeId: string;
  channel: ChannelName;
  address: string;
  fence: number;
  keys: AccountKeys;
}

/** Hex, 32 bytes each: what proves who the agent is there, and what locks its copy of the conversations on this disk. */
export interface AccountKeys {
  privateKey: string;
  databaseKey: string;
}

const CLAIMED_AT_ONCE_MAX = 20;
const RETRY_FIRST_MS = 2_000;
const RETRY_LAST_MS = 300_000;

/** Throws `not_configured` for a channel that the operator of this house has not set up. */
export function assertChannelConfigured({ house }: Context, channel: ChannelName): void {
  if (house.channels.includes(channel)) return;
  throw new GuildhallError('not_configured', {
    message: `This house is not on the network ${channel}.`,
    mend: 'The operator installs the library (npm install --prefix <folder> --ignore-scripts @xmtp/node-sdk) and sets GUILDHALL_XMTP_ENV and GUILDHALL_XMTP_FOLDER.',
  });
}

/**
 * Takes the accounts of a channel that nobody holds: of active agents for whom it is switched on. One that is new gets its keys
 * here, for good.
 */
export async function claimAccounts(
  context: Context,
  channel: ChannelName,
  holder: string,
  leaseMs: number,
): Promise<ChannelAccount[]> {
  const now = context.house.clock.now();
  const free = await switchedOn(context, channel)
    .leftJoin('channel_accounts', (join) =>
      join.onRef('channel_accounts.agent_id', '=', 'agents.id').on('channel_accounts.channel', '=', channel),
    )
    .select(['agents.id', 'agents.office_id', 'channel_accounts.address'])
    .where(({ eb, or, and }) =>
      or([
        eb('channel_accounts.agent_id', 'is', null),
        and([eb('channel_accounts.lease_expires_at', '<=', now), eb('channel_accounts.retry_at', '<=', now)]),
      ]),
    )
    .limit(CLAIMED_AT_ONCE_MAX)
    .execute();
  const claimed: ChannelAccount[] = [];
  for (const agent of free) {
    if (agent.address === null) await openAccount(context, channel, agent);
    const account = await claim(context, channel, agent.id, { holder, leaseMs });
    if (account !== undefined) claimed.push(account);
  }
  return claimed;
}

function switchedOn(context: Context, channel: ChannelName) {
  return context.db
    .selectFrom('agent_integrations')
    .innerJoin('agents', 'agents.id', 'agent_integrations.agent_id')
    .innerJoin('offices', 'offices.id', 'agents.office_id')
    .where('agent_integrations.integration_id', '=', channel)
    .where('agent_integrations.is_enabled', '=', true)
    .where('agents.deleted_at', 'is', null)
    .where('agents.state', '<>', 'archived')
    .where('offices.deleted_at', 'is', null)
    .where('offices.status', '=', 'active');
}

async function openAccount(context: Context, channel: ChannelName, agent: { id: string; office_id: string }) {
  const { address, privateKey } = await newWallet();
  const keys: AccountKeys = { privateKey, databaseKey: randomBytes(32).toString('hex') };
  const now = context.house.clock.now();
  await inTransaction(context, async (tx) => {
    const made = await tx.db
      .insertInto('channel_accounts')
      .values({
        agent_id: agent.id,
        channel,
        office_id: agent.office_id,
        address,
        sealed: tx.house.vault.seal(JSON.stringify(keys), sealedPlaceOf(agent.id, channel)),
        holder: null,
        fence: 0,
        lease_expires_at: 0,
        failures: 0,
        retry_at: 0,
        created_at: now,
      })
      .onConflict((conflict) => conflict.columns(['agent_id', 'channel']).doNothing())
      .returning('address')
      .executeTakeFirst();
    if (made === undefined) return;
    const { organization_id } = await tx.db
      .selectFrom('offices')
      .select('organization_id')
      .where('id', '=', agent.office_id)
      .executeTakeFirstOrThrow();
    record(tx, {
      organizationId: organization_id,
      officeId: agent.office_id,
      agentId: agent.id,
      type: 'channel.account_opened',
      subjectId: agent.id,
      data: { channel, address },
    });
  });
}

async function claim(
  context: Context,
  channel: ChannelName,
  agentId: string,
  { holder, leaseMs }: { holder: string; leaseMs: number },
): Promise<ChannelAccount | undefined> {
  const now = context.house.clock.now();
  const row = await context.db
    .updateTable('channel_accounts')
    .set(({ eb }) => ({ holder, fence: eb('fence', '+', 1), lease_expires_at: now + leaseMs }))
    .where('agent_id', '=', agentId)
    .where('channel', '=', channel)
    .where('lease_expires_at', '<=', now)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const agent = await context.db
    .selectFrom('agents')
    .select('name')
    .where('id', '=', agentId)
    .executeTakeFirstOrThrow();
  return {
    agentId,
    agentName: agent.name,
    officeId: row.office_id,
    channel,
    address: row.address,
    fence: row.fence,
    keys: JSON.parse(context.house.vault.open(row.sealed, sealedPlaceOf(agentId, channel))) as AccountKeys,
  };
}

/** Of these accounts, those that are still this process's and switched on; their leases go on from now. */
export async function renewAccounts(
  context: Context,
  channel: ChannelName,
  held: readonly ChannelAccount[],
  leaseMs: number,
): Promise<Set<string>> {
  if (held.length === 0) return new Set();
  const wanted = await switchedOn(context, channel)
    .select('agents.id')
    .where(
      'agents.id',
      'in',
      held.map(({ agentId }) => agentId),
    )
    .execute();
  const kept = new Set<string>();
  for (const account of held) {
    if (!wanted.some(({ id }) => id === account.agentId)) continue;
    const { numUpdatedRows } = await ofHolder(context, account)
      .set({ lease_expires_at: context.house.clock.now() + leaseMs })
      .executeTakeFirst();
    if (numUpdatedRows > 0n) kept.add(account.agentId);
  }
  return kept;
}

/** The account is connected. Throws `stale_fence` when another process holds it by now. */
export async function noteConnected(context: Context, account: ChannelAccount): Promise<void> {
  const { numUpdatedRows } = await ofHolder(context, account).set({ failures: 0 }).executeTakeFirst();
  if (numUpdatedRows === 0n) throw errors.staleFence('account', account.address);
}

/** Gives an account back; after a failure it rests a while, longer each time. Returns how often it failed, one time after the other. */
export async function releaseAccount(context: Context, account: ChannelAccount, hasFailed: boolean): Promise<number> {
  const now = context.house.clock.now();
  const row = await context.db
    .selectFrom('channel_accounts')
    .select('failures')
    .where('agent_id', '=', account.agentId)
    .where('channel', '=', account.channel)
    .executeTakeFirst();
  const failures = hasFailed ? (row?.failures ?? 0) + 1 : 0;
  const restMs = hasFailed ? Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** Math.min(failures - 1, 10)) : 0;
  await ofHolder(context, account)
    .set({ holder: null, lease_expires_at: 0, failures, retry_at: now + restMs })
    .execute();
  return failures;
}

/** One process owns a SQLite folder: whoever held these accounts is dead. */
export async function takeBackAccounts(context: Context): Promise<void> {
  await context.db.updateTable('channel_accounts').set({ holder: null, lease_expires_at: 0 }).execute();
}

function ofHolder(context: Context, account: ChannelAccount) {
  return context.db
    .updateTable('channel_accounts')
    .where('agent_id', '=', account.agentId)
    .where('channel', '=', account.channel)
    .where('fence', '=', account.fence);
}

/** Whether a channel is switched on for an agent, connected or not. */
export async function isOnChannel(context: Context, agentId: string, channel: ChannelName): Promise<boolean> {
  const row = await context.db
    .selectFrom('agent_integrations')
    .select('is_enabled')
    .where('agent_id', '=', agentId)
    .where('integration_id', '=', channel)
    .executeTakeFirst();
  return row?.is_enabled === true;
}

/** Those agents of an office that have one of these addresses, by address. */
export async function agentsAt(
  context: Context,
  officeId: string,
  channel: ChannelName,
  addresses: readonly string[],
): Promise<Map<string, { id: string; name: string }>> {
  const rows = await context.db
    .selectFrom('channel_accounts')
    .innerJoin('agents', 'agents.id', 'channel_accounts.agent_id')
    .select(['channel_accounts.address', 'agents.id', 'agents.name'])
    .where('channel_accounts.channel', '=', channel)
    .where('channel_accounts.office_id', '=', officeId)
    .where('channel_accounts.address', 'in', [...addresses, ''])
    .where('agents.deleted_at', 'is', null)
    .execute();
  return new Map(rows.map(({ address, id, name }) => [address, { id, name }]));
}

/** What the keys of an account are bound to in the vault. */
function sealedPlaceOf(agentId: string, channel: ChannelName): string {
  return `channel:${agentId}:${channel}`;
}
