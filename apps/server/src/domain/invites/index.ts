export { type Claimed, claimInvite } from './claim.ts';
export { createInvite, type Invite, type IssuedInvite, listInvites, revokeInvite } from './invite.ts';
export { type Joined, joinOffice, refuseKnownName } from './join.ts';
export { redeemInvite, useInvite } from './redeem.ts';
