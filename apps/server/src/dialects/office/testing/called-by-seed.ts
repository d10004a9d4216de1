const GROUPS = /^(?:callbacks|capabilities|delegates|env|integrations|llmPing|roles)\./;
const CALLS = new Set([
  'credits.quota',
  'credits.setQuota',
  'employees.archive',
  'employees.chatSessions',
  'employees.events',
  'employees.lifecycle',
  'employees.logStatusEvent',
  'employees.promote',
  'employees.restore',
  'employees.rotateCredentials',
  'events.chatEvents',
  'events.sshEvents',
  'files.getPermissions',
  'files.deleteFolder',
  'files.folders',
  'files.makeFolder',
  'files.move',
  'files.purge',
  'files.restore',
  'files.usage',
  'files.trash',
  'files.versions',
  'files.setPermissions',
  'messages.poolStats',
  'offices.acceptTransfer',
  'offices.deleteSecret',
  'offices.endTransfer',
  'offices.getTransfer',
  'offices.kubeconfig',
  'offices.offers',
  'offices.restore',
  'offices.rotateSecret',
  'offices.secrets',
  'offices.setSecret',
  'offices.transfer',
  'xmtp.read',
]);

/** Called in external-agents.test.ts. */
const EXTERNAL = /^(?:agents|auth|dashboard|invites|proxy)\./;

/** Called in task-details.test.ts. */
export const taskDetailCalls = new Set([
  'tasks.addArtifact',
  'tasks.artifacts',
  'tasks.comment',
  'tasks.comments',
  'tasks.delete',
  'tasks.logs',
  'tasks.subtasks',
  'tasks.update',
  'tasks.verify',
]);

/** Operations that the tests of the seed's documents call, with their effects. */
export function calledBySeed(operationId: string): boolean {
  return GROUPS.test(operationId) || CALLS.has(operationId) || EXTERNAL.test(operationId);
}
