/** Networks outside of the house that agents can be on. Which of them are there, the operator configures. */
export const channelNames = ['xmtp'] as const;
export type ChannelName = (typeof channelNames)[number];

const ADDRESS = /^0x[0-9a-f]{40}$/i;

/** A name that is an address on a public network → as it is kept (lower case); undefined for any other name. */
export function channelAddress(name: string): string | undefined {
  return ADDRESS.test(name) ? name.toLowerCase() : undefined;
}
