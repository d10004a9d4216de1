import { randomBytes } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApp, type Tenant, type TestApp } from '../../testing/test-app.ts';
import { type Agent, fireAgent, updateAgent } from '../agents/index.ts';
import type { Office } from '../offices/index.ts';
import {
  authenticateKey,
  authenticateSignature,
  authenticateToken,
  ensureOwner,
  issueKey,
  listKeys,
  revokeKey,
} from './index.ts';

let test: TestApp;
let tenant: Tenant;

beforeAll(async () => {
  test = await openTestApp({ manualClock: true });
  tenant = await test.newTenant('identity');
});
afterAll(() => test.close());

describe('keys', () => {
  it('are kept as hashes only: no column holds one in clear', async () => {
    const { key } = await issueKey(tenant.context, {
      family: 'organization_live',
      name: 'ci',
      organizationId: tenant.organizationId,
      scopes: ['tasks:read'],
    });
    expect(key).toMatch(/^osk_live_[0-9a-f]{64}$/);
    const rows = await test.house.engine.db.selectFrom('api_keys').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(key);
    const events = await test.house.engine.db.selectFrom('events').selectAll().execute();
    expect(JSON.stringify(events)).not.toContain(key);
    expect(await authenticateKey(test.system, key)).toEqual({
      kind: 'organization_key',
      keyId: expect.any(String),
      organizationId: tenant.organizationId,
      scopes: ['tasks:read'],
    });
  });

  it.each([
    ['user', /^mi_/],
    ['dashboard', /^sk_live_/],
    ['organization_test', /^osk_test_/],
  ] as const)('of the family %s carry their prefix', async (family, pattern) => {
    const { key, prefix } = await issueKey(tenant.context, {
      family,
      name: 'x',
      organizationId: tenant.organizationId,
      userId: tenant.principal.userId,
    });
    expect(key).toMatch(pattern);
    expect(key.startsWith(prefix)).toBe(true);
    expect(prefix.length).toBeLessThan(20);
  });

  it('end when they expire and when they are revoked, each with its own word', async () => {
    const input = {
      family: 'user',
      name: 'short',
      organizationId: tenant.organizationId,
      userId: tenant.principal.userId,
    } as const;
    const short = await issueKey(tenant.context, { ...input, expiresAt: test.house.clock.now() + 1000 });
    await authenticateKey(test.system, short.key);
    test.clock?.advance(1000);
    await expect(authenticateKey(test.system, short.key)).rejects.toMatchObject({ code: 'credential_expired' });
    const lost = await issueKey(tenant.context, input);
    await revokeKey(tenant.context, lost.id);
    await expect(authenticateKey(test.system, lost.key)).rejects.toMatchObject({ code: 'credential_revoked' });
    await expect(authenticateKey(test.system, 'mi_guess')).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('are listed without anything secret', async () => {
    const keys = await listKeys(tenant.context, tenant.organizationId, 10);
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) expect(Object.keys(key)).not.toContain('hash');
  });

  it('never carry a scope that their maker lacks', async () => {
    const limited = {
      ...tenant.context,
      principal: {
        kind: 'organization_key' as const,
        keyId: 'k',
        organizationId: tenant.organizationId,
        scopes: ['keys:write', 'tasks:read'],
      },
    };
    const make = (scopes: string[]) =>
      issueKey(limited, { family: 'organization_live', name: 'x', organizationId: tenant.organizationId, scopes });
    await make(['tasks:read']);
    await expect(make(['credits:write'])).rejects.toMatchObject({ code: 'insufficient_scope' });
    await expect(make(['*'])).rejects.toMatchObject({ code: 'insufficient_scope' });
    await expect(
      issueKey(tenant.context, {
        family: 'organization_live',
        name: 'x',
        organizationId: tenant.organizationId,
        scopes: ['everything'],
      }),
    ).rejects.toMatchObject({ code: 'validation_failed' });
  });

  it('of the owner are made once, however many processes start at once', async () => {
    const starts = await Promise.all(
      Array.from({ length: 4 }, () =>
        ensureOwner(test.system, () => `mi_${randomBytes(8).toString('hex')}`, undefined),
      ),
    );
    expect(new Set(starts.map((start) => start.owner.id)).size).toBe(1);
    expect(starts.every((start) => start.key === undefined)).toBe(true);
    const given = 'mi_given_by_the_operator_1234';
    expect((await ensureOwner(test.system, () => 'unused', given)).key).toBe(given);
    expect(await authenticateKey(test.system, given)).toMatchObject({ kind: 'user', isOperator: true });
  });
});

describe('first-party tokens', () => {
  const secret = 'a-secret-of-enough-length';
  const sign = (claims: object, options: { secret?: string; alg?: string; expiresIn?: number } = {}) =>
    new SignJWT({ botId: '', ...claims })
      .setProtectedHeader({ alg: options.alg ?? 'HS256', typ: 'JWT' })
      .setIssuedAt(Math.floor(test.house.clock.now() / 1000))
      .setExpirationTime(Math.floor(test.house.clock.now() / 1000) + (options.expiresIn ?? 3600))
      .sign(new TextEncoder().encode(options.secret ?? secret));

  it('act for the user that they name, by id, by mail address, or for the owner', async () => {
    for (const userId of [tenant.principal.userId, tenant.principal.email]) {
      expect(await authenticateToken(test.system, await sign({ userId }), secret)).toMatchObject({
        kind: 'user',
        userId: tenant.principal.userId,
        firstParty: true,
      });
    }
    for (const userId of ['', 'admin-sdk'])
      expect(await authenticateToken(test.system, await sign({ userId }), secret)).toMatchObject({ isOperator: true });
  });

  it('are refused when forged, expired, of another algorithm, or for nobody', async () => {
    await expect(
      authenticateToken(test.system, await sign({ userId: '' }, { secret: 'another-secret-entirely' }), secret),
    ).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(
      authenticateToken(test.system, await sign({ userId: '' }, { expiresIn: -1 }), secret),
    ).rejects.toMatchObject({ code: 'credential_expired' });
    await expect(
      authenticateToken(test.system, await sign({ userId: '' }, { alg: 'HS512' }), secret),
    ).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(
      authenticateToken(test.system, await sign({ userId: 'nobody@example.com' }), secret),
    ).rejects.toMatchObject({ code: 'unauthorized' });
    const [, payload] = (await sign({ userId: '' })).split('.');
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
    await expect(authenticateToken(test.system, none, secret)).rejects.toMatchObject({ code: 'unauthorized' });
  });
});

describe('agent signatures', () => {
  let office: Office;
  let agent: Agent;
  const privateKey = secp256k1.utils.randomSecretKey();

  beforeAll(async () => {
    const opened = await test.newOffice(tenant, 'signer');
    office = opened.office;
    const [hired] = opened.agents;
    if (hired === undefined) throw new Error('one agent was hired');
    agent = hired;
    await updateAgent(tenant.context, office.id, agent.name, {
      publicKey: Buffer.from(secp256k1.getPublicKey(privateKey, false)).toString('hex'),
    });
  });

  function request(
    options: {
      method?: string;
      url?: string;
      atSeconds?: number;
      format?: 'compact' | 'der';
      agentId?: string;
      highS?: boolean;
      key?: Uint8Array;
    } = {},
  ) {
    const method = options.method ?? 'GET';
    const url = options.url ?? `/api/v1/offices/${office.id}/tasks?limit=1`;
    const timestamp = String(Math.floor(test.house.clock.now() / 1000) + (options.atSeconds ?? 0));
    const message = Buffer.from(`${timestamp}\n${method}\n${url}`);
    let signature = secp256k1.Signature.fromBytes(
      secp256k1.sign(message, options.key ?? privateKey, { extraEntropy: true }),
      'compact',
    );
    if (options.highS === true) signature = new secp256k1.Signature(signature.r, secp256k1.Point.Fn.neg(signature.s));
    return {
      agentId: options.agentId ?? agent.name,
      timestamp,
      signature: signature.toHex(options.format ?? 'compact'),
      method,
      url,
    };
  }

  it.each([{}, { format: 'der' as const }, { highS: true }, { atSeconds: 59 }, { atSeconds: -59 }, { method: 'POST' }])(
    'are accepted as %o',
    async (options) => {
      expect(await authenticateSignature(test.system, request(options))).toMatchObject({
        kind: 'agent',
        agentId: agent.id,
        officeId: office.id,
      });
    },
  );

  it('name the agent by id too', async () => {
    expect(await authenticateSignature(test.system, request({ agentId: agent.id, url: '/api/v1/me' }))).toMatchObject({
      agentId: agent.id,
    });
  });

  it('work with a compressed public key', async () => {
    const key = secp256k1.utils.randomSecretKey();
    await updateAgent(tenant.context, office.id, agent.name, {
      publicKey: Buffer.from(secp256k1.getPublicKey(key, true)).toString('hex'),
    });
    await authenticateSignature(test.system, request({ key }));
  });

  it('are refused outside of ±60 seconds', async () => {
    for (const atSeconds of [61, -61])
      await expect(authenticateSignature(test.system, request({ atSeconds }))).rejects.toMatchObject({
        code: 'signature_expired',
      });
  });

  it('are refused the second time, also written in another way', async () => {
    const first = request();
    await authenticateSignature(test.system, first);
    await expect(authenticateSignature(test.system, first)).rejects.toMatchObject({ code: 'signature_replayed' });
    const signature = secp256k1.Signature.fromHex(first.signature, 'compact');
    const mirrored = new secp256k1.Signature(signature.r, secp256k1.Point.Fn.neg(signature.s));
    for (const written of [signature.toHex('der'), mirrored.toHex('compact'), mirrored.toHex('der')]) {
      await expect(authenticateSignature(test.system, { ...first, signature: written })).rejects.toMatchObject({
        code: 'signature_replayed',
      });
    }
  });

  it('do not fit another path, method, agent, office or key', async () => {
    const good = request();
    const other = await test.newOffice(tenant, 'signer');
    const wrong = [
      { ...good, url: `${good.url}0` },
      { ...good, method: 'DELETE' },
      { ...good, agentId: 'somebody' },
      { ...good, url: good.url.replace(office.id, other.office.id) },
      request({ key: secp256k1.utils.randomSecretKey() }),
      { ...good, signature: 'zz' },
      { ...good, signature: '' },
      { ...good, signature: 'ab'.repeat(64) },
    ];
    for (const attempt of wrong)
      await expect(authenticateSignature(test.system, attempt)).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('stop with the agent', async () => {
    const { office: short, agents } = await test.newOffice(tenant, 'leaver');
    const key = secp256k1.utils.randomSecretKey();
    await updateAgent(tenant.context, short.id, 'leaver', {
      publicKey: Buffer.from(secp256k1.getPublicKey(key)).toString('hex'),
    });
    const url = `/api/v1/offices/${short.id}`;
    await authenticateSignature(test.system, request({ key, url, agentId: 'leaver' }));
    await fireAgent(tenant.context, short.id, agents[0]?.id ?? '');
    await expect(authenticateSignature(test.system, request({ key, url, agentId: 'leaver' }))).rejects.toMatchObject({
      code: 'unauthorized',
    });
  });
});
