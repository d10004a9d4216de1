import { office } from '@guildhall/contract';
import type { Dialect } from '../../http/index.ts';
import { officeDialect } from '../office/errors.ts';

/** Pages and probes: failures look like the office API's. */
export const webDialect: Dialect = { ...officeDialect, name: 'web', errorSchema: office.OfficeError };
