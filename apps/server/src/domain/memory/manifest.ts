import type { Entity } from '@guildhall/cortex';
import type { Context } from '../context/index.ts';
import { readEntities } from './graph.ts';
import { memoryStatus, type OfficeMemoryStatus } from './read.ts';

const TOP = 12;

export interface Manifest {
  status: OfficeMemoryStatus;
  /** Those most often named. */
  people: Entity[];
  topics: Entity[];
}

/** What there is to ask about. */
export async function readManifest(context: Context, officeId: string): Promise<Manifest> {
  const status = await memoryStatus(context, officeId);
  const page = { limit: TOP };
  const people = await readEntities(context, officeId, { kind: 'person' }, page);
  const topics = await readEntities(context, officeId, { kind: 'name' }, page);
  return { status, people: people.items, topics: topics.items };
}
