import { spawn } from '@guildhall/contract';
import type { ErrorCode, GuildhallError } from '@guildhall/kernel';
import type { Dialect } from '../../http/index.ts';

/** The core's codes in this API's words (seed: osmoda-spawn-skill, Canonical error codes). */
const CODES: Partial<Record<ErrorCode, string>> = {
  credential_expired: 'token_expired',
  credential_revoked: 'token_revoked',
  signature_expired: 'unauthorized',
  signature_replayed: 'unauthorized',
  insufficient_scope: 'forbidden',
  hire_limited: 'rate_limited',
};

function renderError(error: GuildhallError, requestId: string): spawn.SpawnError {
  const code = CODES[error.code] ?? error.code;
  return {
    code,
    message: error.message,
    detail: { ...error.detail, mend: error.mend },
    request_id: requestId,
    error: code,
  };
}

export const spawnDialect: Dialect = {
  name: 'spawn',
  title: 'Guildhall spawn API',
  description: 'Servers with agents on them. Compatible with the osmoda Spawn API.',
  openapi: '3.0.3',
  documentPath: '/api/v1/docs',
  errorSchema: spawn.SpawnError,
  renderError,
};
