import { eraseStorePart } from '@guildhall/cortex';
import type { Context } from '../context/index.ts';
import { tables } from './memory-place.ts';

/** Takes away a bounded part of what an office remembers; false when nothing is left. For the house itself. */
export async function eraseMemoryPart(tx: Context, officeId: string): Promise<boolean> {
  return eraseStorePart(tables(tx), officeId);
}
