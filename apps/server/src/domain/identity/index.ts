export { agentPrincipal } from './agent-principal.ts';
export { type IssuedKey, type IssueKeyInput, issueKey, listKeys, revokeKey } from './api-key.ts';
export { authenticateKey, authenticateToken, type KeyFamily } from './authenticate-key.ts';
export { authenticateSignature, type SignedRequest } from './authenticate-signature.ts';
export { rotateOfficeSecret } from './rotate-office-secret.ts';
export { newSigningKey, normalisePublicKey, verifySignature } from './signature.ts';
export { createUser, ensureOwner, type FirstStart } from './user.ts';
export { findUser, principalOfUser } from './user-store.ts';
