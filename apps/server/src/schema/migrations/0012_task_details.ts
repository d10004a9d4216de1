import type { Migration } from '@guildhall/storage';

/** What is said about a task, what came out of it, and what its worker must be equipped with. */
export const taskDetails: Migration = {
  name: '0012_task_details',
  statements: () => [
    `create table task_comments (
      id text primary key, task_id text not null, office_id text not null, author_kind text not null,
      author text not null, body text not null, created_at bigint not null)`,
    'create index task_comments_of_task on task_comments (task_id, id)',
    `create table task_artifacts (
      id text primary key, task_id text not null, office_id text not null, kind text not null, path text not null,
      label text, created_by text not null, created_at bigint not null)`,
    'create unique index task_artifacts_of_task on task_artifacts (task_id, path)',
    `create table task_required_tools (
      task_id text not null, integration_id text not null, primary key (task_id, integration_id))`,
    'alter table messages add column task_id text',
    'create index messages_of_task on messages (task_id, id) where task_id is not null',
    // The log of a task is read from the events: a query names the same range of types.
    "create index events_of_task on events (subject_id, seq) where type > 'task.' and type < 'task/'",
  ],
};
