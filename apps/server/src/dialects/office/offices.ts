import { office } from '@guildhall/contract';
import { errors, formatInstant, type JsonObject } from '@guildhall/kernel';
import Type from 'typebox';
import { lookAgainForMoney } from '../../domain/credits/index.ts';
import { rotateOfficeSecret } from '../../domain/identity/index.ts';
import {
  createOffice,
  deleteOffice,
  GRACE_MS,
  listOffices,
  loadOffice,
  type Office,
  restoreOffice,
  updateOfficeSettings,
  withSpellings,
} from '../../domain/offices/index.ts';
import { officeStatus, resumeOffice, suspendOffice } from '../../domain/runs/index.ts';
import { Answer, type Door, itemsWithCursor } from '../../http/index.ts';

const LIMIT_DEFAULT = 100;

export function presentOffice(row: Office): office.Office {
  return {
    id: row.id,
    name: row.name,
    owner_id: row.owner_user_id,
    created_at: formatInstant(row.created_at),
    status: row.status as office.Office['status'],
    settings: row.settings,
    ...(row.deleted_at === null
      ? {}
      : { closed_at: formatInstant(row.deleted_at), erased_at: formatInstant(row.deleted_at + GRACE_MS) }),
  };
}

/** Seed: mitosis-sdk-reference 7.1. */
export function officeRoutes(door: Door): void {
  const tag = 'Offices';
  door.route(
    {
      method: 'POST',
      path: '/api/v1/offices',
      aliases: ['/api/offices'],
      id: 'offices.create',
      tag,
      summary: 'Open an office',
      description:
        'When you own one already, it is returned with `existing: true` and the name is ignored. `forceCreate` opens another.',
      body: office.CreateOfficeRequest,
      answers: { 201: office.Office, 200: office.Office },
      idempotent: true,
    },
    async ({ context, body }) => {
      const { office: row, existing } = await createOffice(context, {
        name: body.name,
        ownerId: body.owner_id,
        forceCreate: body.forceCreate,
      });
      return existing ? new Answer(200, { ...presentOffice(row), existing: true }) : presentOffice(row);
    },
  );
  door.route(
    {
      method: 'GET',
      path: '/api/v1/offices',
      aliases: ['/api/offices'],
      id: 'offices.list',
      tag,
      summary: 'Your offices',
      query: office.OfficesQuery,
      answers: { 200: Type.Array(office.Office) },
    },
    async ({ context, query, reply }) =>
      itemsWithCursor(
        reply,
        await listOffices(
          context,
          { limit: query.limit ?? LIMIT_DEFAULT, cursor: query.cursor },
          { isClosed: query.closed === true },
        ),
      ).map(presentOffice),
  );
  door.route(
    {
      method: 'GET',
      path: '/api/v1/offices/:officeId',
      id: 'offices.get',
      tag,
      summary: 'One office',
      params: office.OfficeParams,
      answers: { 200: office.Office },
      fails: [404],
    },
    async ({ context, params }) => presentOffice(await loadOffice(context, params.officeId, 'offices:read')),
  );
  door.route(
    {
      method: 'GET',
      path: '/api/v1/offices/:officeId/settings',
      id: 'offices.getSettings',
      tag,
      summary: 'The settings of an office',
      params: office.OfficeParams,
      answers: { 200: office.OfficeSettings },
      fails: [404],
    },
    async ({ context, params }) => withSpellings((await loadOffice(context, params.officeId, 'offices:read')).settings),
  );
  door.route(
    {
      method: 'PATCH',
      path: '/api/v1/offices/:officeId/settings',
      id: 'offices.updateSettings',
      tag,
      summary: 'Change settings of an office',
      description:
        'Merged into what is there; null takes one away. Known: allow_agent_hiring, max_employees, default_model_tier and default_model_provider (of agents that are hired without), run_concurrency, daily_cap and monthly_cap (credits), tools ({name: allowed | ask | off}), private_hosts (list of host:port), integration_urls ({integration: address} of services that you run yourself), network (off | proxy | open: what commands reach), allowed_hosts (list of host names), mcp_servers (names of servers that the operator has). Others are kept as sent.',
      params: office.OfficeParams,
      body: office.OfficeSettings,
      answers: { 200: office.OfficeSettings },
      fails: [404],
    },
    async ({ context, params, body }) => {
      const { settings } = await updateOfficeSettings(context, params.officeId, body as JsonObject);
      // Runs that waited for money may have more of it now.
      await lookAgainForMoney(context, params.officeId);
      return withSpellings(settings);
    },
  );
  door.route(
    {
      method: 'DELETE',
      path: '/api/v1/offices/:officeId',
      id: 'offices.delete',
      tag,
      summary: 'Close an office',
      description:
        'It leaves every list, what waits in it is cancelled. For 30 days it can be restored (`GET /api/v1/offices?closed=true`, `POST …/restore`); then it is erased with all that was in it.',
      params: office.OfficeParams,
      answers: { 204: null },
      fails: [404],
    },
    async ({ context, params }) => {
      await deleteOffice(context, params.officeId);
      return new Answer(204, undefined);
    },
  );
  door.route(
    {
      method: 'GET',
      path: '/api/v1/offices/:officeId/kubeconfig',
      id: 'offices.kubeconfig',
      tag,
      summary: 'The access to the cluster of an office that runs on Kubernetes',
      params: office.OfficeParams,
      answers: { 200: Type.Unsafe<string>({ type: 'string', description: 'A kubeconfig, as YAML.' }) },
      fails: [404, 503],
    },
    async ({ context, params }) => {
      await loadOffice(context, params.officeId, 'offices:write');
      throw errors.notConfigured(
        'This office runs on the machine of the house, not on Kubernetes.',
        'There is nothing to configure for it: its agents are reached through this API.',
      );
    },
  );
  door.route(
    {
      method: 'POST',
      path: '/api/v1/offices/:officeId/rotate-secret',
      id: 'offices.rotateSecret',
      tag,
      summary: 'A new secret for the machines of an office, shown once; the one before is good for ten minutes more',
      description: 'It works in that office (reads, tasks, files, chat, callbacks) and manages nothing.',
      params: office.OfficeParams,
      answers: { 200: office.RotatedSecret },
      fails: [404],
      idempotent: 'secret',
    },
    async ({ context, params }): Promise<office.RotatedSecret> => {
      const { secret, previousValidUntil } = await rotateOfficeSecret(context, params.officeId);
      return { secret, previous_valid_until: formatInstant(previousValidUntil) };
    },
  );
  door.route(
    {
      method: 'POST',
      path: '/api/v1/offices/:officeId/restore',
      id: 'offices.restore',
      tag,
      summary: 'Open an office again that was closed in the last 30 days, with all that was in it',
      params: office.OfficeParams,
      answers: { 200: office.Office },
      fails: [404],
      idempotent: true,
    },
    async ({ context, params }) => presentOffice(await restoreOffice(context, params.officeId)),
  );
  const killSwitch = (word: 'suspend' | 'resume', summary: string) =>
    door.route(
      {
        method: 'POST',
        path: `/api/v1/offices/:officeId/${word}`,
        id: `offices.${word}`,
        tag,
        summary,
        params: office.OfficeParams,
        body: { ...office.PauseRequest, nullable: true },
        answers: { 200: office.Office },
        fails: [404],
      },
      async ({ context, params, body }) => {
        const note = (body as office.PauseRequest | null | undefined)?.note ?? '';
        const row =
          word === 'suspend'
            ? await suspendOffice(context, params.officeId, note)
            : await resumeOffice(context, params.officeId);
        return presentOffice(row);
      },
    );
  killSwitch('suspend', 'Stop all work of an office before the next claim; what is under way goes back to its queue');
  killSwitch('resume', 'Let an office work again');
  door.route(
    {
      method: 'GET',
      path: '/api/v1/offices/:officeId/status',
      id: 'offices.status',
      tag,
      summary: 'Whether the office can work',
      params: office.OfficeParams,
      answers: { 200: office.ClusterStatus },
      fails: [404],
    },
    async ({ context, params }): Promise<office.ClusterStatus> => {
      const status = await officeStatus(context, params.officeId);
      const { phase, message } = status;
      const component = { ready: phase === 'ready', ...(message === undefined ? {} : { message }) };
      return { ...status, operator: component, ingress: component };
    },
  );
}
