import type { Migration } from '@guildhall/storage';

/** Why an office was suspended is the house's to know, not a setting; and a closed office remembers what it was. */
export const suspensions: Migration = {
  name: '0023_suspensions',
  statements: (kind) => [
    "alter table offices add column suspension_note text not null default ''",
    'alter table offices add column status_before_closing text',
    ...(kind === 'sqlite'
      ? [
          `update offices set suspension_note = coalesce(json_extract(settings, '$.suspension_note'), ''),
            settings = json_remove(settings, '$.suspension_note')
            where json_type(settings, '$.suspension_note') = 'text'`,
        ]
      : [
          `update offices set suspension_note = settings ->> 'suspension_note', settings = settings - 'suspension_note'
            where jsonb_typeof(settings -> 'suspension_note') = 'string'`,
        ]),
    "update offices set status_before_closing = 'suspended' where deleted_at is not null and suspension_note <> ''",
  ],
};
