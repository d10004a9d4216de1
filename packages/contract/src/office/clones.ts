import Type, { type Static } from 'typebox';
import { closed, instant, nullable, open, stringEnum } from '../shapes.ts';

/** Clones and what they bring (spec: mitosis.md 2, 3.6, 4.2). */
export const CloneRequest = closed({
  code: Type.Optional(
    Type.String({ maxLength: 300, description: 'An invite: the clone lives in that office. In your own without it.' }),
  ),
  name: Type.Optional(Type.String({ maxLength: 300, description: 'Your name with "-clone" when left out.' })),
});
export type CloneRequest = Static<typeof CloneRequest>;

export const CloneResponse = Type.Object({
  clone_id: Type.String(),
  clone_name: Type.String(),
  office_id: Type.String(),
  origin_name: Type.String(),
  employee_id: Type.String(),
  status: stringEnum(['provisioning'], 'The clone is hired; its package is awaited for a day.'),
  transfer_id: Type.String(),
  upload_url: Type.String({ description: 'Where a package is put that is larger than 10 MB: PUT application/gzip.' }),
});
export type CloneResponse = Static<typeof CloneResponse>;

export const CloneTransferRequest = closed({
  transfer_id: Type.String({ maxLength: 100 }),
  manifest: open(
    {
      version: Type.Literal('1.0'),
      agent_name: Type.String({ maxLength: 300 }),
      files: Type.Record(Type.String(), open({ sha256: Type.String(), size: Type.Integer({ minimum: 0 }) })),
    },
    'As `manifest.json` in the package.',
  ),
  bundle_base64: Type.Optional(
    Type.String({ description: 'The package (tar.gz) up to 10 MB; a larger one goes to upload_url.' }),
  ),
  bundle_size: Type.Optional(Type.Integer({ minimum: 0, description: 'Bytes of the package.' })),
});
export type CloneTransferRequest = Static<typeof CloneTransferRequest>;

export const CloneTransferParams = Type.Object({ transferId: Type.String({ maxLength: 100 }) });

const PhaseResult = Type.Object({
  phase: Type.String(),
  status: stringEnum(['ok', 'partial', 'failed', 'skipped'], 'What became of it.'),
  filesWritten: Type.Integer(),
  filesFailed: Type.Array(Type.String()),
  warnings: Type.Array(Type.String()),
  error: nullable(Type.String()),
  retryAttempted: Type.Boolean(),
  durationMs: Type.Integer(),
});

export const CloneTransferReport = Type.Object({
  transfer_id: Type.String(),
  origin_agent: Type.String(),
  clone_name: Type.String(),
  office_id: Type.String(),
  started_at: instant('When its installation began.'),
  completed_at: instant('When it ended.'),
  duration_ms: Type.Integer(),
  overall_status: stringEnum(['completed', 'completed_with_warnings', 'partial', 'failed'], 'How it ended.'),
  phases: Type.Record(Type.String(), PhaseResult, {
    description: 'identity, memory, skills, scripts, config, workspace.',
  }),
  summary: Type.Object({
    files_transferred: Type.Integer(),
    files_failed: Type.Integer(),
    memory_entries: Type.Integer(),
    personality_transferred: Type.Boolean(),
    provider_preserved: Type.Boolean(),
    warnings: Type.Array(Type.String()),
    errors: Type.Array(Type.String()),
  }),
});

export type CloneTransferReport = Static<typeof CloneTransferReport>;

export const CloneTransferStatus = Type.Object({
  transfer_id: Type.String(),
  phase: Type.String({
    description: '`awaiting_bundle`, `received`, a layer of the package, and at the end `online` or `failed`.',
  }),
  progress: Type.Integer({ description: 'Percent.' }),
  message: Type.String(),
  error: Type.Optional(Type.String()),
  report: Type.Optional(CloneTransferReport),
  upload_url: Type.Optional(Type.String()),
});
export type CloneTransferStatus = Static<typeof CloneTransferStatus>;
