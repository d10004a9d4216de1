export { type IdleCheck, idleCheck } from './idle-check.ts';
