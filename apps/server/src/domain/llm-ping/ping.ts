import { GuildhallError, newId } from '@guildhall/kernel';
import { loadAgent } from '../agents/index.ts';
import { type Context, inTransaction, record } from '../context/index.ts';
import { centsOfMicros, chargeOffice, officeRefusal } from '../credits/index.ts';
import { officeModelKeys } from '../integrations/index.ts';
import { loadOffice, type Office } from '../offices/index.ts';
import { meterModelCall } from '../usage/index.ts';

export interface PingResult {
  /** `provider:model`; empty when no credential fits. */
  model: string;
  latencyMs: number;
  error: string | undefined;
}

const TIMEOUT_MS = 25_000;

/** Asks the model that the office's settings name for who is hired, or that of the house, for one word. The office pays. */
export async function pingOffice(context: Context, officeId: string): Promise<PingResult> {
  const office = await loadOffice(context, officeId, 'agents:write');
  const { default_model_tier: tier, default_model_provider: provider } = office.settings;
  return ping(context, office, '', {
    modelTier: typeof tier === 'string' ? tier : 'none',
    modelProvider: typeof provider === 'string' ? provider : 'none',
  });
}

/** Asks the model that an agent is answered by for one word. */
export async function pingAgent(context: Context, officeId: string, nameOrId: string): Promise<PingResult> {
  const agent = await loadAgent(context, officeId, nameOrId, 'agents:write');
  const office = await loadOffice(context, officeId, 'agents:write');
  const { model_tier: modelTier, model_provider: modelProvider } = agent;
  return ping(context, office, agent.id, { modelTier, modelProvider });
}

/** Throws `insufficient_credits` before anything is asked when the office cannot pay what it may cost. */
async function ping(
  context: Context,
  office: Office,
  agentId: string,
  agent: { modelTier: string; modelProvider: string },
): Promise<PingResult> {
  const { house } = context;
  const reserve = async (model: string, usage: Parameters<typeof house.modelPriceMicros>[1]) => {
    const refusal = await officeRefusal(context, office.id, centsOfMicros(house.modelPriceMicros(model, usage)));
    if (refusal !== undefined) throw new GuildhallError('insufficient_credits', { message: refusal });
  };
  const { model, latencyMs, usage, error } = await house.pingModel(
    { ...agent, keys: await officeModelKeys(context, office.id) },
    reserve,
    AbortSignal.timeout(TIMEOUT_MS),
  );
  if (model !== '')
    await inTransaction(context, async (tx) => {
      if (usage !== undefined) {
        const costMicros = house.modelPriceMicros(model, usage);
        await meterModelCall(tx, { office_id: office.id, agent_id: agentId }, { model, usage, costMicros });
        const charge = {
          idempotencyKey: `ping:${newId()}`,
          kind: 'ping',
          reason: `${model} was asked whether it answers`,
        };
        await chargeOffice(tx, office.id, centsOfMicros(costMicros), charge);
      }
      record(tx, {
        organizationId: office.organization_id,
        officeId: office.id,
        ...(agentId === '' ? {} : { agentId }),
        type: 'model.pinged',
        subjectId: agentId === '' ? office.id : agentId,
        data: { model, latency_ms: latencyMs, success: error === undefined },
      });
    });
  return { model, latencyMs, error };
}
