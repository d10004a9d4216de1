import { type Journal, type JournalNote, type ModelStep, TurnParked } from '@guildhall/agent';
import type { JsonObject } from '@guildhall/kernel';
import { type Context, inTransaction, record } from '../domain/context/index.ts';
import { type Run, type RunStep, recordModelCall, recordStep, reserveForCall, stepsOf } from '../domain/runs/index.ts';

/** The journal of a run in the house's step log. */
export async function openJournal(context: Context, run: Run): Promise<Journal> {
  const rows = await stepsOf(context, run.id, ['model', 'summary', 'note']);
  const steps = rows.filter((row) => row.kind !== 'note').map(modelStepOf);
  let session = rows.map(sessionIn).findLast((id) => id !== undefined);
  return {
    steps,
    freshFrom: run.fresh_from,
    get session() {
      return session;
    },
    reserve: async ({ model, inputTokens, outputTokensMax }) => {
      const usage = { inputTokens, cachedInputTokens: 0, outputTokens: outputTokensMax };
      const refusal = await reserveForCall(context, run, { model, usage });
      if (refusal !== undefined) throw new TurnParked('budget_exhausted', refusal.notBeforeAt);
    },
    charge: ({ model, usage, why }) =>
      recordModelCall(context, run, { kind: 'note', name: model, arguments: { why }, status: 'failed', usage }),
    append: async (step) => {
      await recordModelCall(context, run, {
        kind: step.kind === 'summary' ? 'summary' : 'model',
        name: step.model,
        arguments: {},
        status: 'done',
        result: { text: step.text, tool_calls: step.toolCalls as unknown as JsonObject[] },
        usage: step.usage,
        durationMs: step.durationMs,
      });
      steps.push(step);
    },
    note: async (note) => {
      await writeNote(context, run, note);
      if (note.type === 'program.session') session = String(note.data.session_id);
    },
  };
}

function sessionIn({ name, arguments: data }: RunStep): string | undefined {
  const id = (data as JsonObject).session_id;
  return name === 'program.session' && typeof id === 'string' ? id : undefined;
}

function modelStepOf(row: RunStep): ModelStep {
  const { text, tool_calls } = row.result as unknown as { text: string; tool_calls: ModelStep['toolCalls'] };
  return {
    kind: row.kind === 'summary' ? 'summary' : 'answer',
    model: row.name,
    text,
    toolCalls: tool_calls,
    usage: {
      inputTokens: row.input_tokens,
      cachedInputTokens: row.cached_input_tokens,
      outputTokens: row.output_tokens,
    },
    durationMs: (row.finished_at ?? row.started_at) - row.started_at,
  };
}

async function writeNote(context: Context, run: Run, note: JournalNote): Promise<void> {
  await inTransaction(context, async (tx) => {
    await recordStep(tx, run, { kind: 'note', name: note.type, arguments: note.data, status: 'done' });
    record(tx, {
      organizationId: run.organization_id,
      officeId: run.office_id,
      agentId: run.agent_id,
      type: note.type,
      subjectId: run.id,
      data: note.data,
    });
  });
}
