import type { Migration } from '@guildhall/storage';

/** How far each participant of a conversation has come. Ids of messages sort by time. */
export const readMarks: Migration = {
  name: '0014_read_marks',
  statements: () => [
    `create table read_marks (
      conversation_id text not null, participant text not null, delivered_id text not null, read_id text not null,
      read_at bigint, primary key (conversation_id, participant))`,
  ],
};
