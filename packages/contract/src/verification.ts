import Type from 'typebox';
import { stringEnum } from './shapes.ts';

/** How the end of a task is checked: the same words through every API. */
export const verificationFields = {
  verification_type: Type.Optional(
    stringEnum(
      ['manual', 'file_exists', 'sources', 'review', 'command', 'api_works'],
      'What proves that it is done: words, a file on the drive, sources, somebody’s acceptance, a command or an address that the house tries itself.',
    ),
  ),
  verification: Type.Optional(
    Type.Object(
      {},
      {
        additionalProperties: true,
        maxProperties: 5,
        description:
          'What the house tries: {command} for `command`, {url, status?, contains?} for `api_works`. Needs the right to decide about tasks.',
      },
    ),
  ),
};
