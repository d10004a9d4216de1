import { office } from '@guildhall/contract';
import { formatInstant } from '@guildhall/kernel';
import Type from 'typebox';
import {
  acceptTransfer,
  endTransfer,
  listOffers,
  loadTransfer,
  type OfficeTransfer,
  offerOffice,
} from '../../domain/office-transfers/index.ts';
import { Answer, type Door } from '../../http/index.ts';
import { presentOffice } from './offices.ts';

function presentTransfer(offer: OfficeTransfer): office.OfficeTransfer {
  return {
    office_id: offer.office_id,
    office_name: offer.office_name,
    from: offer.from_email,
    to: offer.to_email,
    new_owner_id: offer.to_user_id,
    offered_at: formatInstant(offer.offered_at),
    expires_at: formatInstant(offer.expires_at),
  };
}

/** Seed: mitosis-sdk-reference 7.1, transfer; with an acceptance, so that nobody is given what they do not want. */
export function transferRoutes(door: Door): void {
  const tag = 'Offices';
  const path = '/api/v1/offices/:officeId/transfer';
  const params = office.OfficeParams;
  door.route(
    {
      method: 'POST',
      path,
      id: 'offices.transfer',
      tag,
      summary: 'Offer an office to another user, who has to accept',
      description:
        'The offer stands for 14 days; another one takes its place. With the office go its agents and their keys, tasks, files, memory, credits and credentials of services: take out first what is yours alone. Its events up to then stay with you.',
      params,
      body: office.TransferRequest,
      answers: { 204: null },
      fails: [404],
      idempotent: true,
    },
    async ({ context, params, body }) => {
      await offerOffice(context, params.officeId, body.new_owner_id);
      return new Answer(204, undefined);
    },
  );
  door.route(
    {
      method: 'GET',
      path,
      id: 'offices.getTransfer',
      tag,
      summary: 'The offer of an office that stands, for both sides',
      params,
      answers: { 200: office.OfficeTransfer },
      fails: [404],
    },
    async ({ context, params }) => presentTransfer(await loadTransfer(context, params.officeId)),
  );
  door.route(
    {
      method: 'DELETE',
      path,
      id: 'offices.endTransfer',
      tag,
      summary: 'Withdraw an offer, or decline it',
      params,
      answers: { 204: null },
      fails: [404],
    },
    async ({ context, params }) => {
      await endTransfer(context, params.officeId);
      return new Answer(204, undefined);
    },
  );
  door.route(
    {
      method: 'POST',
      path: `${path}/accept`,
      id: 'offices.acceptTransfer',
      tag,
      summary: 'Take over an office that was offered to you',
      description:
        'What is under way goes back to its queue. Open invites and the secrets of the office’s machines end; rotate the credentials of agents that the giver may know.',
      params,
      answers: { 200: office.Office },
      fails: [404],
      idempotent: true,
    },
    async ({ context, params }) => presentOffice(await acceptTransfer(context, params.officeId)),
  );
  door.route(
    {
      method: 'GET',
      path: '/api/v1/me/office-transfers',
      id: 'offices.offers',
      tag,
      summary: 'Offices that are offered to you, the newest first; at most 100',
      answers: { 200: Type.Array(office.OfficeTransfer) },
    },
    async ({ context }) => (await listOffers(context)).map(presentTransfer),
  );
}
