import type { Driver } from '../../driver.ts';
import type { ClaudeCodeOptions } from './claude-turn.ts';

/**
 * An agent that is the real program Claude Code, started as a child for each turn and gone on with in its own session. Its
 * model calls are the house's journal and bill; the house's tools come to it over its standard streams; each call of its own
 * tools is asked about first. It keeps its shell and its file tools, and none that would go around the house.
 */
export function claudeCodeDriver(options: ClaudeCodeOptions): Driver {
  return {
    name: 'claude-code',
    run: async (turn, host) => {
      const { ClaudeTurn } = await import('./claude-turn.ts');
      return new ClaudeTurn(turn, host, options).run();
    },
  };
}
