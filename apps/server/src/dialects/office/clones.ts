import { Readable } from 'node:stream';
import { office } from '@guildhall/contract';
import { errors, type JsonObject } from '@guildhall/kernel';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import {
  announceBundle,
  BUNDLE_BYTES_MAX,
  type CloneTransfer,
  checkWaiting,
  cloneAgent,
  INLINE_BYTES_MAX,
  loadTransfer,
  receiveBundle,
} from '../../domain/clones/index.ts';
import type { Door } from '../../http/index.ts';

/** The package as base64, and a manifest of thousands of files beside it. */
const BODY_BYTES_MAX = 20_000_000;

/** An agent makes a copy of itself that lives in the house (spec: mitosis.md 3.6, 4.2). */
export function cloneRoutes(app: FastifyInstance, door: Door): void {
  const tag = 'External agents';
  const uploading = new Set<string>();
  // Handed on as it comes: a package is never in memory.
  for (const type of ['application/gzip', 'application/octet-stream'])
    app.addContentTypeParser(type, (_request, payload, done) => done(null, payload));
  door.route(
    {
      method: 'POST',
      path: '/api/agents/clone',
      id: 'agents.clone',
      tag,
      summary: 'Make a copy of yourself that lives in the house; what it is to bring is sent afterwards',
      description:
        'With `code` in the office that invites; without it in your own, where you need the right to hire (`allow_agent_hiring`).',
      body: { ...office.CloneRequest, nullable: true },
      answers: { 201: office.CloneResponse },
      fails: [404, 409, 410],
      idempotent: true,
    },
    async ({ context, body, request }): Promise<office.CloneResponse> => {
      const { code, name } = (body ?? {}) as office.CloneRequest;
      const { clone, transfer } = await cloneAgent(context, { code, name });
      return {
        clone_id: clone.id,
        clone_name: clone.name,
        office_id: clone.office_id,
        origin_name: transfer.origin_name,
        employee_id: clone.id,
        status: 'provisioning',
        transfer_id: transfer.id,
        upload_url: uploadUrl(request, transfer.id),
      };
    },
  );
  door.route(
    {
      method: 'POST',
      path: '/api/agents/clone/transfer',
      id: 'agents.transferState',
      tag,
      summary: 'Send the manifest of your package, and the package itself when it is small',
      description:
        'The package is a tar.gz with manifest.json first: identity/, memory/, skills/, scripts/, config/ and workspace/. At most 500 MB; a file over 50 MB, and what is never packed, is left out with a warning.',
      body: office.CloneTransferRequest,
      answers: { 202: office.CloneTransferStatus },
      fails: [404, 409],
      bodyBytesMax: BODY_BYTES_MAX,
    },
    async ({ context, body, request }): Promise<office.CloneTransferStatus> => {
      const manifest = body.manifest as unknown as JsonObject;
      const announced = await announceBundle(context, body.transfer_id, manifest);
      if (body.bundle_base64 === undefined)
        return { ...present(announced), upload_url: uploadUrl(request, announced.id) };
      const bytes = Buffer.from(body.bundle_base64, 'base64');
      if (bytes.length === 0) throw errors.validationFailed('bundle_base64', 'is not base64');
      if (bytes.length > INLINE_BYTES_MAX)
        throw errors.validationFailed('bundle_base64', 'is larger than 10 MB', 'PUT the package to upload_url.');
      if (body.bundle_size !== undefined && body.bundle_size !== bytes.length)
        throw errors.validationFailed('bundle_size', `is not ${bytes.length}, which came`);
      const blob = await context.house.blobs.put(Readable.from([bytes]), INLINE_BYTES_MAX);
      return present(await receiveBundle(context, announced.id, blob));
    },
  );
  door.route(
    {
      method: 'PUT',
      path: '/api/agents/clone/transfer/:transferId/bundle',
      id: 'agents.uploadBundle',
      tag,
      summary: 'Put the package there (tar.gz, at most 500 MB), after its manifest',
      params: office.CloneTransferParams,
      consumes: ['application/gzip', 'application/octet-stream'],
      rawBody: Type.Unsafe({ type: 'string', format: 'binary', description: 'The package: tar.gz.' }),
      answers: { 202: office.CloneTransferStatus },
      fails: [404, 409, 413, 415],
    },
    async ({ context, params, request }): Promise<office.CloneTransferStatus> => {
      // Refused before a byte is read.
      const waiting = await checkWaiting(context, params.transferId, { hasManifest: true });
      const { body } = request;
      if (!(body instanceof Readable))
        throw errors.validationFailed('body', 'is missing: send the bytes of the package');
      if (uploading.has(waiting.id)) throw errors.conflict('The package of this transfer is being sent already.');
      uploading.add(waiting.id);
      try {
        const blob = await context.house.blobs.put(body, BUNDLE_BYTES_MAX);
        return present(await receiveBundle(context, waiting.id, blob));
      } finally {
        uploading.delete(waiting.id);
      }
    },
  );
  door.route(
    {
      method: 'GET',
      path: '/api/agents/join/status/:transferId',
      id: 'agents.transferStatus',
      tag,
      summary: 'How far the clone is, and at the end what became of each part of its package',
      params: office.CloneTransferParams,
      answers: { 200: office.CloneTransferStatus },
      fails: [404],
    },
    async ({ context, params }) => present(await loadTransfer(context, params.transferId)),
  );
}

function uploadUrl(request: FastifyRequest, transferId: string): string {
  return `${request.protocol}://${request.host}/api/agents/clone/transfer/${transferId}/bundle`;
}

function present(transfer: CloneTransfer): office.CloneTransferStatus {
  return {
    transfer_id: transfer.id,
    phase: transfer.phase,
    progress: transfer.progress_percent,
    message: transfer.message,
    ...(transfer.error === null ? {} : { error: transfer.error }),
    ...(transfer.report === null ? {} : { report: transfer.report as unknown as office.CloneTransferReport }),
  };
}
