export {
  agentEnv,
  deleteEnv,
  type EnvVar,
  envOfRun,
  envValues,
  listEnv,
  setAgentEnv,
  setEnv,
} from './env.ts';
export { type Equipment, hireEquipped, updateEquipped } from './equip.ts';
export { deleteOfficeSecret, listOfficeSecrets, type OfficeSecret, setOfficeSecret } from './office-secret.ts';
