import { clipText } from '@guildhall/kernel';
import type { AgentSelf, TurnCause, TurnOutcome } from '../driver.ts';
import { ToolError, type Tools } from '../tools.ts';
import { lookUp } from './answer.ts';
import { readIntent } from './intent.ts';
import { type Performed, perform } from './perform.ts';

type TaskCause = Extract<TurnCause, { kind: 'task' }>;

/** One task → a result file on the drive with its sources, or the question that has to be answered first. */
export async function workTask(agent: AgentSelf, cause: TaskCause, tools: Tools): Promise<TurnOutcome> {
  try {
    await tools.call('task_progress', { percent: 10, step: 'reading the task' });
    const done = await doWork(cause, tools);
    if (typeof done === 'string') return { kind: 'task_blocked', reason: done };
    return await deliver(agent, cause, done, tools);
  } catch (error) {
    if (error instanceof ToolError) return { kind: 'task_blocked', reason: `${error.tool}: ${error.message}` };
    throw error;
  }
}

/** The result, or why there is none. */
async function doWork(cause: TaskCause, tools: Tools): Promise<Performed | string> {
  const text = `${cause.title}\n${cause.description}`.trim();
  const inTitle = readIntent(cause.title);
  const intent =
    inTitle.kind === 'unknown' && cause.description.trim() !== '' ? readIntent(cause.description) : inTitle;
  switch (intent.kind) {
    case 'operation': {
      const done = await perform(intent.operation, text, tools);
      if (!('ask' in done)) return done;
      // Only who asks is answered from what is known: an order that cannot be carried out is no question.
      return (cause.title.includes('?') ? await answerQuestion(text, tools) : undefined) ?? done.ask;
    }
    case 'remember':
      await tools.call('memory_remember', { text: intent.text });
      return { text: `Noted: ${intent.text}`, sources: ['memory'], quotes: [] };
    case 'list_files': {
      const { files } = await tools.call('drive_list', {});
      return {
        text: files.map((file) => `- ${file.name} (${file.size_bytes} bytes)`).join('\n') || 'The drive is empty.',
        sources: ['drive'],
        quotes: [],
      };
    }
    case 'question':
      return (
        (await answerQuestion(text, tools)) ??
        'Neither memory nor the drive says anything that answers this. Upload a file that does, then reopen the task.'
      );
    default:
      return (
        (await answerQuestion(text, tools)) ??
        'I did not understand the task. I can answer questions from memory and drive, and find, count, extract, summarise, compare or convert files. Say which, and name the files.'
      );
  }
}

async function answerQuestion(text: string, tools: Tools): Promise<Performed | undefined> {
  const answer = await lookUp(text, tools);
  if (answer === undefined) return undefined;
  const isFile = answer.sourceKind === 'drive';
  return {
    text: answer.quote,
    sources: [answer.source],
    quotes: isFile ? [{ source: answer.source, text: answer.quote }] : [],
  };
}

async function deliver(agent: AgentSelf, cause: TaskCause, done: Performed, tools: Tools): Promise<TurnOutcome> {
  await tools.call('task_progress', { percent: 80, step: 'writing the result' });
  const lines = [
    `# ${cause.title}`,
    '',
    done.text,
    '',
    ...(done.sources.length === 0 ? [] : [`Sources: ${done.sources.join(', ')}`, '']),
    `Task ${cause.number}, worked by ${agent.name} (reflex: rules, no language model).`,
    '',
  ];
  const files = [
    await tools.call('drive_write', { name: `results/task-${cause.number}.md`, content: lines.join('\n') }),
  ];
  if (done.file !== undefined) {
    const base = done.file.basedOn.slice(done.file.basedOn.lastIndexOf('/') + 1).replace(/\.[^.]+$/, '');
    files.push(
      await tools.call('drive_write', { name: `results/${base}.${done.file.extension}`, content: done.file.content }),
    );
  }
  return {
    kind: 'task_done',
    result: clipText(done.text, 20_000),
    evidence: {
      files: files.map(({ name, sha256 }) => ({ name, sha256 })),
      sources: done.sources,
      quotes: done.quotes.slice(0, 20),
    },
  };
}
