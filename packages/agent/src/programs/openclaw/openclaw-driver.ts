import type { Driver } from '../../driver.ts';
import { type OpenClawOptions, OpenClawTurn } from './openclaw-turn.ts';

/**
 * An agent that is the real program OpenClaw, run once for each thing that it is told. It says nothing until its end and asks
 * for no permission: its shell and its files are held by the sandbox alone, and the house's tools are not in its reach. It
 * ends a task with a block of JSON, which is handed to the same tool that other agents call, so the house checks it the same.
 */
export function openClawDriver(options: OpenClawOptions): Driver {
  return {
    name: 'openclaw',
    run: (turn, host) => new OpenClawTurn(turn, host, options).run(),
  };
}
