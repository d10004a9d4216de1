import type { Migration } from '@guildhall/storage';
import { FAMILY_EVENTS } from '../quiet-events.ts';

/** What was said is found among all the work, and so is who logged in. */
export const eventFamilies: Migration = {
  name: '0021_event_families',
  statements: () =>
    Object.entries(FAMILY_EVENTS).flatMap(([family, words]) => [
      `create index events_${family}_of_office on events (office_id, seq) where ${words}`,
      `create index events_${family}_of_agent on events (agent_id, seq) where agent_id is not null and ${words}`,
    ]),
};
