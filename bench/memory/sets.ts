import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Mention } from '@guildhall/cortex';

/** One memory of an evaluation set. */
export interface Memory {
  store: string;
  id: string;
  session: string;
  text: string;
  speaker?: string;
  time?: string;
}

/** A question, and the memories that answer it. */
export interface Question {
  store: string;
  id: string;
  query: string;
  category: string;
  gold: string[];
}

export interface EvaluationSet {
  name: string;
  memories: Memory[];
  questions: Question[];
}

/** Questions that have no answer in their store measure refusal, not retrieval. */
const UNANSWERABLE = 'adversarial';

/** Where the sets lie. They are never part of the project. */
const folder =
  process.env.CORTEX_BENCH_DATA ?? join(fileURLToPath(new URL('../..', import.meta.url)), '../shared/bench-data');

/** The sets that lie there, in the order of their names. */
export function setNames(): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith('.queries.jsonl'))
      .map((file) => file.replace(/\.queries\.jsonl$/, ''))
      .sort();
  } catch (cause) {
    throw new Error(`${folder} cannot be read: set CORTEX_BENCH_DATA to the folder of the evaluation sets.`, { cause });
  }
}

/** What each memory of a set names, extracted by others; undefined where nobody did. */
export function readMentions(name: string): Map<string, Mention[]> | undefined {
  const file = `${name.replace(/-.*$/, '')}.triples.jsonl`;
  if (!existsSync(join(folder, file))) return undefined;
  const lines = readLines<{ id: string; entities: string[]; triples: string[][] }>(file);
  return new Map(
    lines.map(({ id, entities, triples }) => {
      const names = new Set([...entities, ...triples.flatMap(([subject = '', , object = '']) => [subject, object])]);
      const mentions = [...names].map(
        (entity): Mention => ({ kind: 'name', key: entity.toLowerCase().trim(), name: entity, role: 'mentions' }),
      );
      return [id, mentions.filter(({ key }) => key !== '')];
    }),
  );
}

/** A set by its name; throws an `Error` that says where it was looked for. */
export function readSet(name: string): EvaluationSet {
  const questions = readLines<Question>(`${name}.queries.jsonl`);
  return {
    name,
    memories: readLines<Memory>(`${name}.docs.jsonl`),
    questions: questions.filter(({ category, gold }) => category !== UNANSWERABLE && gold.length > 0),
  };
}

/** The same with all its stores in one: the honest test, since an office has one memory. */
export function pooled(set: EvaluationSet): EvaluationSet {
  const into = (store: string, id: string) => `${store}/${id}`;
  return {
    name: `${set.name} pooled`,
    memories: set.memories.map((memory) => ({
      ...memory,
      store: 'all',
      id: into(memory.store, memory.id),
      session: into(memory.store, memory.session),
    })),
    questions: set.questions.map((question) => ({
      ...question,
      store: 'all',
      gold: question.gold.map((id) => into(question.store, id)),
    })),
  };
}

function readLines<Line>(file: string): Line[] {
  const path = join(folder, file);
  try {
    return readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
  } catch (cause) {
    throw new Error(`${path} cannot be read: set CORTEX_BENCH_DATA to the folder of the evaluation sets.`, { cause });
  }
}
