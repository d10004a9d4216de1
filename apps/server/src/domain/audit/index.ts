export { type AuditReport, verifyAudit } from './verify.ts';
