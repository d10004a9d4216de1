export { type Cloned, cloneAgent } from './clone-agent.ts';
export {
  announceBundle,
  BUNDLE_BYTES_MAX,
  type CloneTransfer,
  checkWaiting,
  claimTransfer,
  expireTransfers,
  failTransfer,
  finishTransfer,
  INLINE_BYTES_MAX,
  loadTransfer,
  noteProgress,
  receiveBundle,
  takeBackTransfers,
} from './clone-transfer.ts';
export { type ClonePhase, phaseOf, refusalOf } from './layers.ts';
export { type Manifest, readPackageManifest } from './manifest.ts';
export { CloneReport } from './report.ts';
