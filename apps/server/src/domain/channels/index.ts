export {
  type AccountKeys,
  agentsAt,
  assertChannelConfigured,
  type ChannelAccount,
  claimAccounts,
  isOnChannel,
  noteConnected,
  releaseAccount,
  renewAccounts,
  takeBackAccounts,
} from './account.ts';
export { type ChannelName, channelAddress, channelNames } from './channel.ts';
