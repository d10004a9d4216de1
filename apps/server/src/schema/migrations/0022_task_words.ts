import type { Migration } from '@guildhall/storage';

/**
 * What the index holds of a task: text without its case, folded as a search folds it; the lines at the end let its last letters begin
 * three, too.
 */
const indexed = (task: string) =>
  `${task}.number, folded(${task}.title || char(10) || ${task}.description) || char(10, 10),
   substr(${task}.office_id, -3), substr(${task}.organization_id, -3)`;

const NEWEST_INDEXED = 'coalesce((select rowid from task_words order by rowid desc limit 1), 0)';

/**
 * A word anywhere in title or description is found without reading every task. On SQLite by an index of its own, of all that
 * is three letters long (`task_word_terms` lists it); `office` and `organization` hold the end of the id, so that a search walks little of what is another's.
 * It holds the tasks up to a number: new ones are taken in many at a time (`domain/tasks/index-task-words.ts`), since each
 * alone would cost more than all the rest of filing it; what changes in one that it holds is changed with it.
 * PostgreSQL has its index where the database offers pg_trgm.
 */
export const taskWords: Migration = {
  name: '0022_task_words',
  statements: (kind) =>
    kind === 'postgres'
      ? []
      : [
          `create virtual table task_words using fts5 (words, office, organization, content = '', contentless_delete = 1,
            tokenize = 'trigram case_sensitive 1')`,
          "create virtual table task_word_terms using fts5vocab (task_words, 'row')",
          `create view tasks_without_words (number, words, office, organization) as
            select ${indexed('tasks')} from tasks where number > ${NEWEST_INDEXED}`,
          `create trigger task_words_changed after update of title, description, office_id, organization_id on tasks
            when new.number <= ${NEWEST_INDEXED} and
              (old.title <> new.title or old.description <> new.description or old.office_id <> new.office_id
                or old.organization_id <> new.organization_id) begin
            delete from task_words where rowid = old.number;
            insert into task_words (rowid, words, office, organization) values (${indexed('new')});
          end`,
          'create trigger task_words_removed after delete on tasks begin delete from task_words where rowid = old.number; end',
        ],
};
