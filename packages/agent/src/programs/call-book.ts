import { canonicalJson, type JsonObject } from '@guildhall/kernel';
import type { JournalToolCall, ModelStep } from '../journal.ts';

/** A call that a model makes, by the program's name of the tool. */
export interface ToolUse {
  id: string;
  name: string;
  /** Undefined when what the model wrote is no JSON object. */
  input: JsonObject | undefined;
}

/** What the journal calls a program's tools. */
export interface ToolNaming {
  /** The house's name of one of its tools; undefined when it is none of the house's. */
  house(programName: string): string | undefined;
  /** The name of a tool that the program brings along. */
  own(programName: string): string;
}

const HOUSE = 'c';
const BUILT_IN = 'b';
const ID_CHARS_MAX = 80;

/** Whether a call in the journal was one of the house's tools; the others are the program's own. */
export function isHouseCall(call: JournalToolCall): boolean {
  return !call.callId.startsWith(BUILT_IN);
}

/**
 * Which of the journal's calls a call of the program is. An id holds the program's own, so the same call made again after a
 * restart is known. The program may also have forgotten the message that it was killed in, and the model makes the same call
 * under a new id: then it takes the place of the one that was never answered to it, and the dispatcher knows what became of it.
 */
export class CallBook {
  readonly #calls = new Map<string, JournalToolCall>();
  readonly #unanswered: JournalToolCall[];
  readonly #isReadOnly: (name: string) => boolean;
  readonly #naming: ToolNaming;

  /** `steps`: what the run has done before this start of the program. */
  constructor(steps: readonly ModelStep[], isReadOnly: (name: string) => boolean, naming: ToolNaming) {
    for (const step of steps) for (const call of step.toolCalls) this.#calls.set(useIdOf(call), call);
    this.#unanswered = [...(steps.at(-1)?.toolCalls ?? [])];
    this.#isReadOnly = isReadOnly;
    this.#naming = naming;
  }

  /** Enters the calls of a new message, which will be step `number` of the journal. */
  enter(number: number, uses: readonly ToolUse[]): JournalToolCall[] {
    return uses.map(({ id, name: programName, input }) => {
      const houseName = this.#naming.house(programName);
      const name = houseName ?? this.#naming.own(programName);
      const earlier = this.#take(name, input);
      const callId = earlier?.callId ?? `${houseName === undefined ? BUILT_IN : HOUSE}${number}_${cleaned(id)}`;
      const call: JournalToolCall = { callId, name, input };
      this.#calls.set(cleaned(id), call);
      return call;
    });
  }

  /** The call with the program's id; by what it says when the program tells no id. */
  find(toolUseId: string | undefined, said: { name: string; input: JsonObject }): JournalToolCall | undefined {
    if (toolUseId !== undefined) return this.#calls.get(cleaned(toolUseId));
    return [...this.#calls.values()].findLast((call) => call.name === said.name && isSame(call.input, said.input));
  }

  /** A repeated look is a new look; anything else that is repeated word for word is the call that was cut off. */
  #take(name: string, input: JsonObject | undefined): JournalToolCall | undefined {
    if (this.#isReadOnly(name)) return undefined;
    const at = this.#unanswered.findIndex((call) => call.name === name && isSame(call.input, input));
    return at === -1 ? undefined : this.#unanswered.splice(at, 1)[0];
  }
}

function cleaned(id: string): string {
  return id.replaceAll(/[^A-Za-z0-9_-]/g, '-').slice(0, ID_CHARS_MAX);
}

function useIdOf({ callId }: JournalToolCall): string {
  return callId.slice(callId.indexOf('_') + 1);
}

/** Whether two inputs say the same, whatever the order of their fields. */
export function isSame(one: JsonObject | undefined, other: JsonObject | undefined): boolean {
  return canonicalJson(one ?? null) === canonicalJson(other ?? null);
}
