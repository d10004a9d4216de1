import { clipText, errors, GuildhallError, type JsonObject } from '@guildhall/kernel';
import { type Context, inTransaction, type OutsideAnswer, record } from '../context/index.ts';
import { loadOffice, type Office } from '../offices/index.ts';
import { whyStopped } from '../runs/index.ts';
import { type Integration, type IntegrationApi, knownIntegration } from './registry.ts';
import { sealedPlaceOf } from './sealed-place.ts';

export interface IntegrationCall {
  method: string;
  /** Behind the address of the service, with its query: `/user/repos?per_page=5`. */
  path: string;
  headers?: Readonly<Record<string, string>> | undefined;
  body?: string | undefined;
}

export interface IntegrationAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
  encoding: 'utf8' | 'base64';
  isTruncated: boolean;
}

const TIMEOUT_MS = 30_000;
/** What a caller may say beside the credential; the rest of a request is the house's. */
const SENT =
  /^(?:accept|content-type|if-none-match|if-match|if-modified-since|idempotency-key|x-[a-z0-9-]+|anthropic-[a-z]+|notion-version)$/;
/** Where the service says who asks by whom: not for the caller to set. */
const NOT_SENT = /^x-(?:api-key|goog-api-key|subscription-token|forwarded-.*|real-ip)$/;
const HEADERS_MAX = 20;
const SECRET_CHARS_MIN = 8;
const SHOWN =
  /^(?:content-type|etag|last-modified|link|location|retry-after|x-(?:ratelimit|request-id|next-page|total).*)$/;

/**
 * Asks a service of others with the office's credential, which the caller never sees: an agent for whom the integration is
 * switched on, or whoever may read secrets. No redirect is followed, private addresses are refused unless the office allows
 * them (`integration_urls`, `private_hosts`). Throws `not_configured` without a credential, `upstream_failed`.
 */
export async function callIntegration(
  context: Context,
  officeId: string,
  integrationId: string,
  call: IntegrationCall,
): Promise<IntegrationAnswer> {
  const { principal } = context;
  const office = await loadOffice(context, officeId, principal.kind === 'agent' ? 'offices:read' : 'secrets:read');
  const integration = knownIntegration(integrationId);
  if (integration === undefined) throw errors.notFound('integration', integrationId);
  if (principal.kind === 'agent') {
    await assertAtWork(context, principal.agentId);
    await assertSwitchedOn(context, principal.agentId, integration);
  }
  if (integration.credential === undefined)
    throw errors.conflict(`${integration.name} is no service that is asked: agents write to addresses there.`);
  const { api, variable } = integration.credential;
  const key = await credentialOf(context, office, integration);
  const url = addressOf(office.settings, { id: integration.id, api }, key, call.path);
  const { header, headers } = api;
  const asked = {
    method: call.method,
    headers: {
      'user-agent': 'Guildhall',
      ...headers,
      ...sentHeaders(call.headers ?? {}),
      'accept-encoding': 'identity',
      ...(header === undefined ? {} : { [header.name]: `${header.prefix}${key}` }),
    },
    body: call.body,
  };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  let answer: OutsideAnswer;
  try {
    answer = await context.house.askOutside(url, asked, office.settings, signal);
  } catch (error) {
    // The reason may carry the address, and the address the credential.
    const reason = hide(error instanceof Error ? error.message : String(error), key, variable);
    await note(context, office, integration, call, { error: reason.slice(0, 300) });
    throw new GuildhallError('upstream_failed', {
      message: `${integration.name} could not be asked: ${reason.slice(0, 300)}`,
      detail: { integration: integration.id },
    });
  }
  await note(context, office, integration, call, { status: answer.status });
  const shown = Object.entries(answer.headers).filter(([name]) => SHOWN.test(name));
  // Before it is known what it is: an answer that is no text may carry the credential too.
  const body = hideIn(answer.isTruncated ? withoutCutSecret(answer.body, key) : answer.body, key, variable);
  const isText = isUtf8(body);
  return {
    status: answer.status,
    headers: Object.fromEntries(shown.map(([name, value]) => [name, hide(value, key, variable)])),
    body: body.toString(isText ? 'utf8' : 'base64'),
    encoding: isText ? 'utf8' : 'base64',
    isTruncated: answer.isTruncated,
  };
}

/** The kill switch holds for what an agent does from elsewhere too. */
async function assertAtWork(context: Context, agentId: string): Promise<void> {
  const why = await whyStopped(context, agentId);
  if (why !== undefined) throw errors.conflict(`Nothing is asked now. ${why}`);
}

async function assertSwitchedOn(context: Context, agentId: string, integration: Integration): Promise<void> {
  const row = await context.db
    .selectFrom('agent_integrations')
    .select('is_enabled')
    .where('agent_id', '=', agentId)
    .where('integration_id', '=', integration.id)
    .executeTakeFirst();
  if (row?.is_enabled !== true)
    throw errors.forbidden(`the integration ${integration.id}, which is not switched on for you`);
}

async function credentialOf(context: Context, office: Office, integration: Integration): Promise<string> {
  const row = await context.db
    .selectFrom('office_integrations')
    .select('sealed')
    .where('office_id', '=', office.id)
    .where('integration_id', '=', integration.id)
    .executeTakeFirst();
  if (row === undefined)
    throw new GuildhallError('not_configured', {
      message: `The office has no credential of ${integration.name}.`,
      mend: `Set it first: POST …/integrations/${integration.id}/secret.`,
    });
  return context.house.vault.open(row.sealed, sealedPlaceOf(office.id, integration.id));
}

/** The address to ask; whatever the path says, it lies below that of the service. */
function addressOf(
  settings: JsonObject,
  integration: { id: string; api: IntegrationApi },
  key: string,
  path: string,
): URL {
  const own = settings.integration_urls as Record<string, string> | undefined;
  const base = new URL((own?.[integration.id] ?? integration.api.url).replace('{key}', encodeURIComponent(key)));
  const refused = () => errors.validationFailed('path', 'does not lie below the address of the service');
  const prefix = base.pathname.replace(/\/$/, '');
  const whole = `${base.origin}${prefix}${path}`;
  if (!path.startsWith('/') || !URL.canParse(whole)) throw refused();
  const url = new URL(whole);
  const isBelow = url.origin === base.origin && (url.pathname === prefix || url.pathname.startsWith(`${prefix}/`));
  if (!isBelow || climbs(url.pathname)) throw refused();
  url.hash = '';
  return url;
}

/** Servers decode once more, and some twice, before they look at the dots. */
function climbs(pathname: string): boolean {
  let path = pathname;
  for (let turn = 0; turn < 3; turn++) {
    if (path.split(/[/\\]/).some((segment) => /^\.\.(?:;|$)/.test(segment))) return true;
    try {
      path = decodeURIComponent(path);
    } catch {
      return /%2e|%2f|%5c|%25/i.test(path);
    }
  }
  return false;
}

function sentHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const sent: Record<string, string> = {};
  const given = Object.entries(headers);
  if (given.length > HEADERS_MAX) throw errors.validationFailed('headers', `has more than ${HEADERS_MAX}`);
  for (const [given_name, value] of given) {
    const name = given_name.toLowerCase();
    if (!SENT.test(name) || NOT_SENT.test(name))
      throw errors.validationFailed(`headers.${given_name}`, 'is not passed on');
    if (!/^[\t\x20-\x7e]*$/.test(value))
      throw errors.validationFailed(`headers.${given_name}`, 'is not a header value');
    sent[name] = value;
  }
  return sent;
}

/** A service may say back what it was asked with, in one of the ways in which credentials are written. */
function hide(text: string, key: string, variable: string): string {
  return hideIn(Buffer.from(text, 'utf8'), key, variable).toString('utf8');
}

function hideIn(body: Buffer, key: string, variable: string): Buffer {
  // What is as short as a word is no secret, and would be found in every text.
  if (key.length < SECRET_CHARS_MIN) return body;
  const bytes = Buffer.from(key, 'utf8');
  // Each byte is one character here, so what is no text stays what it is.
  const shown = spellingsOf(bytes).reduce(
    (text, spelling) => text.replaceAll(spelling, `[${variable}]`),
    body.toString('latin1'),
  );
  return Buffer.from(shown, 'latin1');
}

function spellingsOf(key: Buffer): string[] {
  const raw = key.toString('latin1');
  const hex = key.toString('hex');
  // In base64 of a longer text it stands at one of three offsets; the characters at its edges are shared with its neighbours.
  const base64 = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), key])
      .toString('base64')
      .replace(/=+$/, '');
    return encoded.slice(offset === 0 ? 0 : offset + 1, -1);
  });
  return [raw, encodeURIComponent(key.toString('utf8')), hex, hex.toUpperCase(), ...base64].filter(
    (spelling) => spelling.length >= SECRET_CHARS_MIN,
  );
}

/** A body that was cut may end in the middle of the credential. */
function withoutCutSecret(body: Buffer, key: string): Buffer {
  return body.subarray(0, Math.max(0, body.length - 2 * Buffer.byteLength(key)));
}

function isUtf8(body: Buffer): boolean {
  return Buffer.from(body.toString('utf8'), 'utf8').equals(body) && !body.includes(0);
}

async function note(
  context: Context,
  office: Office,
  integration: Integration,
  { method, path }: IntegrationCall,
  told: JsonObject,
): Promise<void> {
  const { principal } = context;
  await inTransaction(context, async (tx) =>
    record(tx, {
      organizationId: office.organization_id,
      officeId: office.id,
      ...(principal.kind === 'agent' ? { agentId: principal.agentId } : {}),
      type: 'integration.called',
      subjectId: office.id,
      // Not the query: it may carry what is nobody else's.
      data: {
        integration: integration.id,
        method,
        path: clipText(path.split('?')[0] ?? '', 500).toWellFormed(),
        ...told,
      },
    }),
  );
}
