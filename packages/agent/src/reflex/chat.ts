import { assertNever } from '@guildhall/kernel';
import type { AgentSelf, TurnCause } from '../driver.ts';
import { ToolError, type Tools } from '../tools.ts';
import { lookUp } from './answer.ts';
import { readIntent } from './intent.ts';
import { perform } from './perform.ts';

const ABILITIES = [
  'remember what you tell me ("remember that the launch is on 3 May")',
  'answer from what I was told and from the files on the drive, with the source',
  'find, count, extract, summarise, compare and convert files ("summarise notes.md", "count rows in sales.csv")',
  'work on tasks of that kind: file one and assign it to me',
];

/** One message → one reply. */
export async function answerMessage(
  agent: AgentSelf,
  cause: Extract<TurnCause, { kind: 'message' }>,
  tools: Tools,
): Promise<string> {
  const intent = readIntent(cause.text);
  try {
    switch (intent.kind) {
      case 'greeting':
        return `Hello. I am ${agent.name} (${agent.role}). ${whatIAm()}`;
      case 'thanks':
        return 'You are welcome.';
      case 'identity':
        return `I am ${agent.name}, ${agent.role} in this office. ${whatIAm()} I can:\n${ABILITIES.map((line) => `- ${line}`).join('\n')}`;
      case 'remember':
        await tools.call('memory_remember', { text: intent.text });
        return `Noted: ${intent.text}`;
      case 'list_files': {
        const { files, truncated } = await tools.call('drive_list', {});
        if (files.length === 0) return 'The drive is empty.';
        return `${files.map((file) => `- ${file.name} (${file.size_bytes} bytes)`).join('\n')}${truncated ? '\n- … and more' : ''}`;
      }
      case 'operation': {
        const done = await perform(intent.operation, cause.text, tools);
        if ('ask' in done)
          return (cause.text.includes('?') ? await answerFrom(cause.text, tools) : undefined) ?? done.ask;
        return done.sources.length === 0 ? done.text : `${done.text}\n\nSource: ${done.sources.join(', ')}`;
      }
      case 'question':
        return (
          (await answerFrom(intent.text, tools)) ??
          'I do not know: neither my memory nor the drive says anything that answers this. Tell me ("remember that …") or upload a file that does.'
        );
      case 'unknown':
        return `I did not understand that. ${whatIAm()} Ask a question, or tell me to do one of these:\n${ABILITIES.map((line) => `- ${line}`).join('\n')}`;
      default:
        return assertNever(intent);
    }
  } catch (error) {
    if (error instanceof ToolError) return `I could not do that: ${error.message}`;
    throw error;
  }
}

async function answerFrom(question: string, tools: Tools): Promise<string | undefined> {
  const answer = await lookUp(question, tools);
  return answer === undefined ? undefined : `${answer.quote}\n\nSource: ${answer.source}`;
}

function whatIAm(): string {
  return 'I work by rules, without a language model.';
}
