import { canonicalJson, type Json, type JsonObject } from '@guildhall/kernel';
import type { CallToolResult } from '@modelcontextprotocol/client';
import { McpFailure } from './failure.ts';

/** Deeper JSON is somebody's trick: to write it out again would exhaust the stack. */
const DEPTH_MAX = 100;

/** What a server answered, as JSON that can be kept: text, data, and of everything binary only what it was. */
export function toolResult(answer: CallToolResult): JsonObject {
  const texts: string[] = [];
  const attachments: JsonObject[] = [];
  const links: JsonObject[] = [];
  for (const part of answer.content) {
    switch (part.type) {
      case 'text':
        texts.push(part.text);
        break;
      case 'image':
      case 'audio':
        attachments.push({ kind: part.type, mimeType: part.mimeType, bytes: bytesOf(part.data) });
        break;
      case 'resource_link':
        links.push({ uri: part.uri, name: part.name });
        break;
      case 'resource':
        if ('text' in part.resource) texts.push(part.resource.text);
        else attachments.push({ kind: 'blob', mimeType: part.resource.mimeType, bytes: bytesOf(part.resource.blob) });
        break;
      default:
        // A kind of a later protocol: it cannot be shown.
        break;
    }
  }
  const structured = answer.structuredContent === undefined ? undefined : storable(answer.structuredContent, 0);
  const text = storable(texts.join('\n'), 0) as string;
  return {
    // Servers repeat their data as text, for clients that know no data.
    ...(text === '' || (structured !== undefined && isSame(text, structured)) ? {} : { text }),
    ...(structured === undefined ? {} : { structured }),
    ...(attachments.length === 0 ? {} : { attachments: storable(attachments, 0) }),
    ...(links.length === 0 ? {} : { links: storable(links, 0) }),
  };
}

function bytesOf(base64: string): number {
  return Buffer.byteLength(base64, 'base64');
}

function isSame(text: string, structured: Json): boolean {
  try {
    return canonicalJson(JSON.parse(text)) === canonicalJson(structured);
  } catch {
    return false;
  }
}

/** Without what a database refuses: halves of characters, and NUL. */
function storable(value: unknown, depth: number): Json {
  if (depth > DEPTH_MAX) throw new McpFailure('The server answered data that is nested too deeply.');
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '');
  if (Array.isArray(value)) return value.map((one) => storable(one, depth + 1));
  if (typeof value !== 'object' || value === null) return value as Json;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [storable(key, depth) as string, storable(one, depth + 1)]),
  );
}
