#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { cortexServer, type MemoryRequest } from '@guildhall/cortex-mcp';
import { MitosisClient, OS1Error } from '@guildhall/sdk';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { agentFromEnvironment } from './environment.ts';
import { resolveOffice } from './office.ts';

/**
 * The memory as an MCP server over standard input and output (seed: READ THIS FIRST). `OFFICE_ID`, `AGENT_NAME`,
 * `OM_ENDPOINT` and a key come from the environment or from what `mi login` stored. What is missing is said by the tools, since a
 * client shows nothing of a server that does not start.
 */
async function call({ method, path, query, body }: MemoryRequest): Promise<unknown> {
  try {
    const client = await MitosisClient.fromConfig();
    const office = encodeURIComponent(await resolveOffice(client, {}));
    return await client.transport.request(method, `/api/v1/offices/${office}/cortex/v1/${path}`, {
      ...(query === undefined ? {} : { query }),
      ...(body === undefined ? {} : { body }),
    });
  } catch (error) {
    if (error instanceof OS1Error) throw new Error(`${error.message} ${error.mend ?? ''}`.trim());
    if (error instanceof Error && error.message === 'fetch failed')
      throw new Error('The Guildhall server does not answer. Is it running, and is OM_ENDPOINT right?');
    throw error;
  }
}

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
serveStdio(() => cortexServer(call, version, agentFromEnvironment()), { legacy: 'serve' });
