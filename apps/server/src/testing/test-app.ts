import { newSecret } from '@guildhall/kernel';
import { ManualClock, openTestDatabase, type TestDatabase } from '@guildhall/testing';
import { pino } from 'pino';
import { type App, openApp } from '../app.ts';
import { type Config, readConfig } from '../config.ts';
import type { UserPrincipal } from '../domain/access/index.ts';
import { type Agent, hireAgent } from '../domain/agents/index.ts';
import { type Context, type House, systemContext } from '../domain/context/index.ts';
import { agentPrincipal, createUser, ensureOwner, issueKey, principalOfUser } from '../domain/identity/index.ts';
import { createOffice, type Office } from '../domain/offices/index.ts';

export interface Tenant {
  context: Context;
  principal: UserPrincipal;
  organizationId: string;
  /** A personal key. */
  key: string;
}

export interface TestApp {
  app: App;
  house: House;
  config: Config;
  database: TestDatabase;
  system: Context;
  clock: ManualClock | undefined;
  /** The installation's owner. */
  owner: Tenant;
  url: string;
  /** A user with an organisation and a key of its own. */
  newTenant(name: string): Promise<Tenant>;
  /** An office with agents of these names. */
  newOffice(tenant: Tenant, ...agents: string[]): Promise<{ office: Office; agents: Agent[] }>;
  /** A context that acts as an agent. */
  asAgent(agent: Agent): Promise<Context>;
  close(): Promise<void>;
}

export interface TestAppOptions {
  environment?: Record<string, string>;
  /** Let the supervisor work; off by default, so that tests decide who does what. */
  supervise?: boolean;
  manualClock?: boolean;
  /** Of the database, on PostgreSQL. */
  locale?: string;
}

let counter = 0;

/** A whole server on a database of its own, listening on a free port. */
export async function openTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const database = await openTestDatabase(undefined, options.locale === undefined ? {} : { locale: options.locale });
  const environment: Record<string, string> = {
    GUILDHALL_DATA: database.folder,
    PORT: '0',
    GUILDHALL_LOG: process.env.GUILDHALL_TEST_LOG ?? 'silent',
    GUILDHALL_RUN_CONCURRENCY: options.supervise === true ? '4' : '0',
    GUILDHALL_HIRE_LIMIT: '100000',
    ...(database.databaseUrl === undefined ? {} : { DATABASE_URL: database.databaseUrl }),
    ...options.environment,
  };
  const config = readConfig(environment);
  const clock = options.manualClock === true ? new ManualClock() : undefined;
  const app = await openApp({
    config,
    log: pino({ level: config.logLevel }),
    version: '0.0.0-test',
    ...(clock === undefined ? {} : { clock }),
  });
  const url = await app.http.listen({ host: '127.0.0.1', port: 0 });
  const system = systemContext(app.house, 'test-request');
  const { owner, key } = await ensureOwner(system, () => newSecret('mi_'), undefined);
  const ownerPrincipal = await principalOfUser(system, owner);
  return {
    app,
    house: app.house,
    config,
    database,
    system,
    clock,
    url,
    owner: tenantOf(system, ownerPrincipal, key ?? ''),
    newTenant: async (name) => {
      const user = await createUser(system, { email: `${name}-${++counter}@example.com`, name });
      const principal = await principalOfUser(system, user);
      const tenant = tenantOf(system, principal, '');
      const issued = await issueKey(tenant.context, {
        family: 'user',
        name: 'test',
        organizationId: tenant.organizationId,
        userId: user.id,
      });
      return { ...tenant, key: issued.key };
    },
    newOffice: async (tenant, ...names) => {
      const { office } = await createOffice(tenant.context, { name: `office ${++counter}`, forceCreate: true });
      const agents: Agent[] = [];
      for (const name of names) agents.push(await hireAgent(tenant.context, office.id, { name }));
      return { office, agents };
    },
    asAgent: async (agent) => {
      const principal = await agentPrincipal(system, agent.id);
      if (principal === undefined) throw new Error(`${agent.name} was fired`);
      return { ...system, principal };
    },
    close: async () => {
      await app.close();
      await database.drop();
    },
  };
}

function tenantOf(system: Context, principal: UserPrincipal, key: string): Tenant {
  const organizationId = principal.organizations[0]?.id ?? '';
  return { context: { ...system, principal }, principal, organizationId, key };
}
