import { office } from '@guildhall/contract';
import Type from 'typebox';
import { officeModelKeys } from '../../domain/integrations/index.ts';
import { type PingResult, pingAgent, pingOffice } from '../../domain/llm-ping/index.ts';
import { loadOffice } from '../../domain/offices/index.ts';
import type { Door } from '../../http/index.ts';

/** Models, and whether they answer (seed: mitosis-sdk-reference 7.7, 7.9 LLMPingAPI). */
export function modelRoutes(door: Door): void {
  const tag = 'Models';
  const base = '/api/v1/offices/:officeId';
  const description =
    'One real, minimal call, paid by the office. An answer that does not come is `success: false` with the reason.';
  door.route(
    {
      method: 'POST',
      path: `${base}/llm-ping`,
      id: 'llmPing.ping',
      tag,
      summary: 'Whether the model of the office answers, and how fast',
      description,
      params: office.OfficeParams,
      answers: { 200: office.PingResult },
      fails: [402, 404],
    },
    async ({ context, params }) => presentPing(await pingOffice(context, params.officeId)),
  );
  door.route(
    {
      method: 'POST',
      path: `${base}/employees/:name/llm-ping`,
      id: 'llmPing.agentPing',
      tag,
      summary: 'Whether the model of an agent answers, and how fast',
      description,
      params: office.EmployeeParams,
      answers: { 200: office.PingResult },
      fails: [402, 404],
    },
    async ({ context, params }) => presentPing(await pingAgent(context, params.officeId, params.name)),
  );
  door.route(
    {
      method: 'GET',
      path: `${base}/provider-models`,
      id: 'integrations.listProviderModels',
      tag,
      summary: 'The models of the providers that the office or the house has credentials of',
      description: 'As the providers list them, kept for five minutes.',
      params: office.OfficeParams,
      answers: { 200: Type.Array(office.ModelInfo) },
      fails: [404],
    },
    async ({ context, params }): Promise<office.ModelInfo[]> => {
      const { id } = await loadOffice(context, params.officeId, 'offices:read');
      const keys = await officeModelKeys(context, id);
      return (await context.house.providerModels(keys)).map(({ provider, modelId, name, isListed }) => ({
        provider,
        model_id: modelId,
        name,
        available: isListed,
      }));
    },
  );
}

function presentPing({ model, latencyMs, error }: PingResult): office.PingResult {
  return { model, latency_ms: latencyMs, success: error === undefined, ...(error === undefined ? {} : { error }) };
}
