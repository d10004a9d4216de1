import type { IncomingMessage } from 'node:http';
import { estimateTokens } from '../model/transcript.ts';
import { type AskedCall, GatewayRefusal } from './gateway-hooks.ts';
import { objectIn, objectsIn, parseObject, textIn } from './json-fields.ts';

const BODY_BYTES_MAX = 32_000_000;
const OUTPUT_TOKENS_DEFAULT = 8_000;
const OUTPUT_LIMITS = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'];

/** The body of a question to a model, and what it asks for. Throws `GatewayRefusal` when it cannot be read. */
export async function readAskedCall(request: IncomingMessage): Promise<{ body: Buffer; asked: AskedCall }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new GatewayRefusal(413, `A request may have ${BODY_BYTES_MAX} bytes.`);
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  const text = body.toString('utf8');
  const value = parseObject(text);
  if (value === undefined || typeof value.model !== 'string')
    throw new GatewayRefusal(400, 'The request is no JSON object that names a model.');
  const limits = OUTPUT_LIMITS.map((name) => value[name]).filter((limit) => typeof limit === 'number');
  const outputTokensMax = limits.length === 0 ? OUTPUT_TOKENS_DEFAULT : Math.max(1, Math.ceil(Math.max(...limits)));
  const tools = objectsIn(value, 'tools').map(
    (tool) => textIn(tool, 'name') || textIn(objectIn(tool, 'function'), 'name'),
  );
  return { body, asked: { model: value.model, inputTokens: estimateTokens(text), outputTokensMax, tools } };
}
