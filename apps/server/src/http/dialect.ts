import type { GuildhallError } from '@guildhall/kernel';
import type { TSchema } from 'typebox';

/** What makes a door its own: how it renders failure and where it stands. */
export interface Dialect {
  name: 'office' | 'spawn' | 'ops' | 'web';
  title: string;
  description: string;
  openapi: '3.0.3';
  /** Where its OpenAPI document is served. */
  documentPath: string;
  /** The error of the core in this dialect's envelope. */
  renderError(error: GuildhallError, requestId: string): unknown;
  /** The schema of what `renderError` returns. */
  errorSchema: TSchema;
  /** Headers beyond those of the house. */
  headers?(requestId: string, traceId: string): Record<string, string>;
}
