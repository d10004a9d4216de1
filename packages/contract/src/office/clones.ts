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
  clone_id: Type.String({ description: 'Id of the new agent.' }),
  clone_name: Type.String({ description: 'Unique in its office.' }),
  office_id: Type.String({ description: 'The office that the clone lives in.' }),
  origin_name: Type.String({ description: 'The agent that it was made after.' }),
  employee_id: Type.String({ description: 'The same as `clone_id`.' }),
  status: stringEnum(['provisioning'], 'The clone is hired; its package is awaited for a day.'),
  transfer_id: Type.String({ description: 'What its package is sent under.' }),
  upload_url: Type.String({ description: 'Where a package is put that is larger than 10 MB: PUT application/gzip.' }),
});
export type CloneResponse = Static<typeof CloneResponse>;

export const CloneTransferRequest = closed({
  transfer_id: Type.String({ maxLength: 100, description: 'As it was answered when the clone was made.' }),
  manifest: open(
    {
      version: Type.Literal('1.0', { description: 'Always `1.0`.' }),
      agent_name: Type.String({ maxLength: 300, description: 'The agent that was packed.' }),
      files: Type.Record(
        Type.String(),
        open({
          sha256: Type.String({ description: 'Of the file’s bytes, as hex; with `sha256:` before it or not.' }),
          size: Type.Integer({ minimum: 0, description: 'Bytes.' }),
        }),
        { description: 'By path in the package, at most 20,000.' },
      ),
    },
    'As `manifest.json` in the package.',
  ),
  bundle_base64: Type.Optional(
    Type.String({ description: 'The package (tar.gz) up to 10 MB; a larger one goes to upload_url.' }),
  ),
  bundle_size: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 500_000_000, description: 'Bytes of the package, at most 500 MB.' }),
  ),
});
export type CloneTransferRequest = Static<typeof CloneTransferRequest>;

export const CloneTransferParams = Type.Object({
  transferId: Type.String({ maxLength: 100, description: 'As it was answered when the clone was made.' }),
});

const PhaseResult = Type.Object({
  phase: Type.String({ description: 'As its key.' }),
  status: stringEnum(['ok', 'partial', 'failed', 'skipped'], 'What became of it.'),
  filesWritten: Type.Integer({ description: 'How many.' }),
  filesFailed: Type.Array(Type.String(), { description: 'Paths, at most 100.' }),
  warnings: Type.Array(Type.String(), { description: 'For people, at most 100.' }),
  error: nullable(Type.String({ description: 'The first file that failed, and why; null when none did.' })),
  retryAttempted: Type.Boolean({ description: 'Always false.' }),
  durationMs: Type.Integer({ description: 'What its files took.' }),
});

export const CloneTransferReport = Type.Object({
  transfer_id: Type.String({ description: 'What the package was sent under.' }),
  origin_agent: Type.String({ description: 'Name of the agent that the clone was made after.' }),
  clone_name: Type.String({ description: 'Name of the clone.' }),
  office_id: Type.String({ description: 'The office that the clone lives in.' }),
  started_at: instant('When its installation began.'),
  completed_at: instant('When it ended.'),
  duration_ms: Type.Integer({ description: 'From `started_at` to `completed_at`.' }),
  overall_status: stringEnum(['completed', 'completed_with_warnings', 'partial', 'failed'], 'How it ended.'),
  phases: Type.Record(Type.String(), PhaseResult, {
    description: 'identity, memory, skills, scripts, config, workspace.',
  }),
  summary: Type.Object(
    {
      files_transferred: Type.Integer({ description: 'How many were written.' }),
      files_failed: Type.Integer({ description: 'How many are told in `phases`.' }),
      memory_entries: Type.Integer({ description: 'Memories that the clone may find again.' }),
      personality_transferred: Type.Boolean({ description: 'Whether it brought a SOUL.md or an IDENTITY.md.' }),
      provider_preserved: Type.Boolean({
        description: 'Whether it is to be thought for by the model that its package names.',
      }),
      warnings: Type.Array(Type.String(), { description: 'For people, at most 100.' }),
      errors: Type.Array(Type.String(), { description: 'The first of each phase.' }),
    },
    { description: 'Of all phases together.' },
  ),
});

export type CloneTransferReport = Static<typeof CloneTransferReport>;

export const CloneTransferStatus = Type.Object({
  transfer_id: Type.String({ description: 'What the package is sent under.' }),
  phase: Type.String({
    description: '`awaiting_bundle`, `received`, a layer of the package, and at the end `online` or `failed`.',
  }),
  progress: Type.Integer({ description: 'Percent.' }),
  message: Type.String({ description: 'One line for people.' }),
  error: Type.Optional(Type.String({ description: 'Why it was given up; left out else.' })),
  report: Type.Optional(
    Type.Object(CloneTransferReport.properties, {
      description: 'There once it is `online`: what became of the package.',
    }),
  ),
  upload_url: Type.Optional(
    Type.String({
      description: 'Where the package is to be put; only in the answer to a manifest that came without it.',
    }),
  ),
});
export type CloneTransferStatus = Static<typeof CloneTransferStatus>;
