import type { ToolAnswer, ToolBox } from '../dispatch/tool.ts';
import type { TurnHost } from '../driver.ts';
import type { JournalToolCall } from '../journal.ts';

type Permission = Awaited<ReturnType<NonNullable<TurnHost['permit']>>>;

/**
 * The calls of one turn, each made once, however often programs that are started again ask for it. The dispatcher remembers
 * what an earlier attempt of the run did; this remembers what this attempt did.
 */
export class TurnCalls {
  readonly #toolBox: ToolBox;
  readonly #answers = new Map<string, Promise<ToolAnswer>>();
  readonly #permissions = new Map<string, Promise<Permission>>();

  constructor(toolBox: ToolBox) {
    this.#toolBox = toolBox;
  }

  call(call: JournalToolCall): Promise<ToolAnswer> {
    return once(this.#answers, call.callId, () => this.#toolBox.call(call));
  }

  permit(callId: string, ask: () => Promise<Permission>): Promise<Permission> {
    return once(this.#permissions, callId, ask);
  }
}

function once<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const before = known.get(key);
  if (before !== undefined) return before;
  const made = make();
  known.set(key, made);
  return made;
}
