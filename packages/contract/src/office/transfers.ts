import Type, { type Static } from 'typebox';
import { closed, instant } from '../shapes.ts';

/** Seed: mitosis-sdk-reference 7.1. */
export const TransferRequest = closed({
  new_owner_id: Type.String({ minLength: 1, maxLength: 300, description: 'A user, by id or mail address.' }),
});
export type TransferRequest = Static<typeof TransferRequest>;

export const OfficeTransfer = Type.Object({
  office_id: Type.String({ description: 'The office that is offered.' }),
  office_name: Type.String({ description: 'As the office is called now.' }),
  from: Type.String({ description: 'Who offers it: a mail address.' }),
  to: Type.String({ description: 'To whom.' }),
  new_owner_id: Type.String({ description: 'Id of the user that it is offered to.' }),
  offered_at: instant('When it was offered.'),
  expires_at: instant('Until when it can be accepted.'),
});
export type OfficeTransfer = Static<typeof OfficeTransfer>;
