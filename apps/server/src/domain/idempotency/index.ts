export { type Answer, type IdempotentRequest, isAnswered, withIdempotency } from './idempotency.ts';
