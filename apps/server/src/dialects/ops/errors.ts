import { ops } from '@guildhall/contract';
import type { ErrorCode, GuildhallError } from '@guildhall/kernel';
import type { Dialect } from '../../http/index.ts';

/** Where the ops API has a word of its own; the others are the core's code in capitals. */
const CODES: Partial<Record<ErrorCode, string>> = {
  validation_failed: 'VALIDATION_ERROR',
  route_not_found: 'NOT_FOUND',
  name_taken: 'CONFLICT',
  stale_fence: 'CONFLICT',
  insufficient_credits: 'INSUFFICIENT_BALANCE',
  hire_limited: 'RATE_LIMITED',
};

/** `{error: {code, message, details: [...]}}` (spec: orkosi.md 3). */
function renderError(error: GuildhallError): ops.OpsError {
  const detail = { ...error.detail, mend: error.mend };
  return { error: { code: CODES[error.code] ?? error.code.toUpperCase(), message: error.message, details: [detail] } };
}

export const opsDialect: Dialect = {
  name: 'ops',
  title: 'Guildhall ops API',
  description:
    'Tasks, agents and activity of an organisation. Compatible with the Orkosi operations API. Every address is also served below /api/v1.',
  openapi: '3.0.3',
  documentPath: '/api/docs/openapi.json',
  errorSchema: ops.OpsError,
  renderError,
};
