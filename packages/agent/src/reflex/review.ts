import { clipText, type JsonObject } from '@guildhall/kernel';
import type { TurnCause, TurnOutcome } from '../driver.ts';
import { ToolError, type Tools } from '../tools.ts';

type ReviewCause = Extract<TurnCause, { kind: 'review' }>;

/**
 * Checks a colleague's evidence against the drive, not against its words: each file is there with those bytes, each quote
 * stands in its source.
 */
export async function reviewTask(cause: ReviewCause, tools: Tools): Promise<TurnOutcome> {
  const problems: string[] = [];
  const checked: string[] = [];
  if (cause.result.trim() === '') problems.push('There is no result.');
  for (const file of objects(cause.evidence.files)) {
    const name = String(file.name ?? '');
    const found = await read(name, tools);
    if (found === undefined) problems.push(`${name} is not on the drive.`);
    else if (typeof file.sha256 === 'string' && found.sha256 !== file.sha256)
      problems.push(`${name} was changed after the work was handed in.`);
    else if (found.text.trim() === '') problems.push(`${name} is empty.`);
    else checked.push(`${name} is there with the stated content`);
  }
  for (const quote of objects(cause.evidence.quotes)) {
    const source = String(quote.source ?? '');
    const found = await read(source, tools);
    if (found === undefined) problems.push(`The source ${source} is not on the drive.`);
    else if (!collapse(found.text).includes(collapse(String(quote.text ?? ''))))
      problems.push(`The quote is not in ${source}: "${clipText(String(quote.text), 120)}"`);
    else checked.push(`the quote stands in ${source}`);
  }
  if (problems.length > 0) return { kind: 'review', accepted: false, notes: problems.join(' ') };
  const notes =
    checked.length === 0
      ? 'The result was given in words; there was nothing to check against the drive.'
      : `Checked: ${[...new Set(checked)].join('; ')}.`;
  return { kind: 'review', accepted: true, notes };
}

async function read(name: string, tools: Tools): Promise<{ text: string; sha256: string } | undefined> {
  try {
    return await tools.call('drive_read', { name });
  } catch (error) {
    if (error instanceof ToolError) return undefined;
    throw error;
  }
}

function objects(value: unknown): JsonObject[] {
  return Array.isArray(value)
    ? value.filter((item): item is JsonObject => typeof item === 'object' && item !== null && !Array.isArray(item))
    : [];
}

function collapse(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
