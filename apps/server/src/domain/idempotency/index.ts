export { type Answer, type IdempotentRequest, withIdempotency } from './idempotency.ts';
