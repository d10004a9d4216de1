import { startOfUtcDayMs } from '@guildhall/kernel';
import { sql } from 'kysely';
import type { Context, TokenUsage } from '../context/index.ts';

/** Who used something. `agent_id` is empty for what the agents of an office share. */
export interface MeteredRun {
  office_id: string;
  agent_id: string;
}

/** What a child process took, as it was measured. */
export interface ProcessUsage {
  cpuMs: number;
  memoryByteSeconds: number;
}

/** Adds a model call to the day of its agent, in the transaction that charges it. */
export async function meterModelCall(
  tx: Context,
  run: MeteredRun,
  call: { model: string; usage: TokenUsage; costMicros: number },
): Promise<void> {
  const { inputTokens, cachedInputTokens, outputTokens } = call.usage;
  await tx.db
    .insertInto('model_days')
    .values({
      office_id: run.office_id,
      agent_id: run.agent_id,
      day_at: startOfUtcDayMs(tx.house.clock.now()),
      model: call.model,
      calls: 1,
      input_tokens: inputTokens,
      cached_input_tokens: cachedInputTokens,
      output_tokens: outputTokens,
      cost_micros: call.costMicros,
    })
    .onConflict((conflict) =>
      conflict.columns(['office_id', 'day_at', 'agent_id', 'model']).doUpdateSet({
        calls: sql<number>`model_days.calls + 1`,
        input_tokens: sql<number>`model_days.input_tokens + ${inputTokens}`,
        cached_input_tokens: sql<number>`model_days.cached_input_tokens + ${cachedInputTokens}`,
        output_tokens: sql<number>`model_days.output_tokens + ${outputTokens}`,
        cost_micros: sql<number>`model_days.cost_micros + ${call.costMicros}`,
      }),
    )
    .execute();
}

/** Adds what a command or a program took to the day of its agent. */
export async function meterProcess(context: Context, run: MeteredRun, usage: ProcessUsage): Promise<void> {
  const cpuMs = Math.round(usage.cpuMs);
  const memoryByteSeconds = Math.round(usage.memoryByteSeconds);
  await context.db
    .insertInto('process_days')
    .values({
      office_id: run.office_id,
      agent_id: run.agent_id,
      day_at: startOfUtcDayMs(context.house.clock.now()),
      processes: 1,
      cpu_ms: cpuMs,
      memory_byte_seconds: memoryByteSeconds,
    })
    .onConflict((conflict) =>
      conflict.columns(['office_id', 'day_at', 'agent_id']).doUpdateSet({
        processes: sql<number>`process_days.processes + 1`,
        cpu_ms: sql<number>`process_days.cpu_ms + ${cpuMs}`,
        memory_byte_seconds: sql<number>`process_days.memory_byte_seconds + ${memoryByteSeconds}`,
      }),
    )
    .execute();
}
