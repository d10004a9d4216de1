import { office } from '@guildhall/contract';
import { GuildhallError } from '@guildhall/kernel';
import Type from 'typebox';
import { loadOffice } from '../../domain/offices/index.ts';
import type { Door } from '../../http/index.ts';

/** Routes of the seed that this version knows and does not serve yet: SDK call, method, address below the office. */
const OF_AN_OFFICE = `
extensions.register POST extensions
extensions.list GET extensions
extensions.get GET extensions/:extensionId
extensions.delete DELETE extensions/:extensionId
extensions.install POST extensions/install
extensions.uninstall DELETE extensions/:extensionId/uninstall
backups.list GET backups
backups.get GET backups/:backupId
backups.delete DELETE backups/:backupId
workspace.exec POST workspace/exec
workspace.health GET workspace/health
transfer.prepare POST agents/prepare
transfer.install POST agents/install
transfer.start POST agents/start
transfer.status GET agents/transfer/:transferId
chromium.start POST chromium/start
chromium.status GET chromium/status
chromium.done POST chromium/done
chromium.delete DELETE chromium
proxy.teardownCodeProxy DELETE code-proxy
proxy.teardownCodexProxy DELETE codex-proxy
whatsapp.agentStatus GET whatsapp/agents
whatsapp.toggleAgentAccess POST whatsapp/agents/:agentName/access
whatsapp.registerAgent POST whatsapp/agents/:agentName/register
whatsapp.officeQRStart POST whatsapp/qr-start
whatsapp.officeQRStatus GET whatsapp/qr-status
whatsapp.officeReset POST whatsapp/reset
whatsapp.qrStart POST employees/:name/whatsapp/qr-start
whatsapp.qrStatus GET employees/:name/whatsapp/qr-status
whatsapp.qrStop POST employees/:name/whatsapp/qr-stop
whatsapp.sessionStatus GET employees/:name/whatsapp/status
whatsapp.reset POST employees/:name/whatsapp/reset`;

const OF_THE_HOUSE = `
extensions.marketplaceList GET marketplace
extensions.marketplaceGet GET marketplace/:extensionId
extensions.marketplacePublish POST marketplace/publish`;

/**
 * Answers each with `not_available_yet` (501), to callers that could use it. They are in no document: what is documented
 * works. The README lists them.
 */
export function laterRoutes(door: Door): void {
  for (const { id, method, path } of rowsOf(OF_AN_OFFICE))
    door.route(
      {
        method,
        path: `/api/v1/offices/:officeId/${path}`,
        id,
        tag: 'Later',
        summary: 'Not available yet',
        hidden: true,
        params: Type.Object({ ...office.OfficeParams.properties }, { additionalProperties: true }),
        answers: { 204: null },
        fails: [404, 501],
      },
      async ({ context, params }) => {
        await loadOffice(context, params.officeId, 'offices:read');
        throw notYet(id);
      },
    );
  for (const { id, method, path } of rowsOf(OF_THE_HOUSE))
    door.route(
      {
        method,
        path: `/api/v1/${path}`,
        id,
        tag: 'Later',
        summary: 'Not available yet',
        hidden: true,
        answers: { 204: null },
        fails: [501],
      },
      async () => {
        throw notYet(id);
      },
    );
}

type Method = 'GET' | 'POST' | 'DELETE';

function rowsOf(lines: string): { id: string; method: Method; path: string }[] {
  return lines
    .trim()
    .split('\n')
    .map((line) => {
      const [id = '', method = '', path = ''] = line.split(' ');
      return { id, method: method as Method, path };
    });
}

function notYet(call: string): GuildhallError {
  return new GuildhallError('not_available_yet', {
    message: `${call} is not available yet.`,
    detail: { call },
  });
}
