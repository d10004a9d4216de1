const GROUPS = /^(?:callbacks|capabilities|delegates|env|integrations|llmPing|roles)\./;
const CALLS = new Set([
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
  'files.setPermissions',
  'messages.poolStats',
  'offices.deleteSecret',
  'offices.kubeconfig',
  'offices.secrets',
  'offices.setSecret',
]);

/** Operations that the test of the seed's route map calls, with their effects. */
export function calledBySeed(operationId: string): boolean {
  return GROUPS.test(operationId) || CALLS.has(operationId);
}
