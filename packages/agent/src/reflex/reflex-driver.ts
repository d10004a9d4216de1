import { assertNever } from '@guildhall/kernel';
import type { Driver } from '../driver.ts';
import { answerMessage } from './chat.ts';
import { reviewTask } from './review.ts';
import { workTask } from './work.ts';

/**
 * The agent without a model: rules, the office's memory and operations on text files. It never guesses: it quotes its
 * source, or says that it does not know or did not understand.
 */
export const reflexDriver: Driver = {
  name: 'reflex',
  run: async (turn, { tools }) => {
    const { cause } = turn;
    switch (cause.kind) {
      case 'message':
        return { kind: 'reply', text: await answerMessage(turn.agent, cause, tools) };
      case 'task':
        return workTask(turn.agent, cause, tools);
      case 'review':
        return reviewTask(cause, tools);
      default:
        return assertNever(cause);
    }
  },
};
