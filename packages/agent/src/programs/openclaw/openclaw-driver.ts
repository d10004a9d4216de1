import type { Driver } from '../../driver.ts';
import type { OpenClawOptions } from './openclaw-turn.ts';

/**
 * An agent that is the real program OpenClaw, run once for each thing that it is told. The house's tools come to it from a
 * server on loopback, the shell and the files among them: its own are switched off, since it asks nobody before it uses them.
 * Its model calls go through the house's gateway, and are its journal and its bill. A model that calls no tools may end with a
 * block of JSON, which is handed to the same tool, so the house checks it the same.
 */
export function openClawDriver(options: OpenClawOptions): Driver {
  return {
    name: 'openclaw',
    run: async (turn, host) => {
      const { OpenClawTurn } = await import('./openclaw-turn.ts');
      return new OpenClawTurn(turn, host, options).run();
    },
  };
}
