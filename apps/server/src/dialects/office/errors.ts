import { office } from '@guildhall/contract';
import type { GuildhallError } from '@guildhall/kernel';
import type { Dialect } from '../../http/index.ts';

/** `{error, message, code, mend, detail, request_id}`: the client reads `message`, `error` or `code`. */
function renderError(error: GuildhallError, requestId: string): office.OfficeError {
  const { code, message, mend, detail } = error;
  return { error: message, message, code, mend, detail, request_id: requestId };
}

export const officeDialect: Dialect = {
  name: 'office',
  title: 'Guildhall office API',
  description: 'Offices, their agents, tasks, drive, chat and credits. Compatible with the Mitosis office-manager API.',
  openapi: '3.0.3',
  documentPath: '/api/v1/openapi.json',
  errorSchema: office.OfficeError,
  renderError,
};
