import { defineTool, ToolError, TurnParked } from '@guildhall/agent';
import { formatInstant } from '@guildhall/kernel';
import Type from 'typebox';
import { listAgents } from '../../domain/agents/index.ts';
import type { Context } from '../../domain/context/index.ts';
import {
  createGroup,
  findAnswer,
  findDirect,
  findMessage,
  isControlFrame,
  listConversations,
  listMessages,
  sendMessage,
} from '../../domain/conversations/index.ts';
import type { HouseTool, ToolSetting } from './tool-setting.ts';

const COLLEAGUES_MAX = 100;
const MESSAGES_DEFAULT = 20;
const MINUTES_DEFAULT = 60;

/** Talking to colleagues. */
export function chatTools({ run, work }: ToolSetting): HouseTool[] {
  const taskId = work.kind === 'task' ? work.task.id : undefined;
  return [
    defineTool({
      name: 'colleagues_list',
      description: 'Who works in the office: names and roles.',
      risk: 'read',
      input: Type.Object({}),
      run: async (_input, { scope }: { scope: Context }) => {
        const { items } = await listAgents(scope, run.office_id, { limit: COLLEAGUES_MAX });
        return { agents: items.map(({ name, role, state }) => ({ name, role, state })) };
      },
    }),
    defineTool({
      name: 'chat_send',
      description: 'Send a message to a colleague or to "user". An agent’s answer comes later; read it with chat_read.',
      risk: 'local',
      isAtomic: true,
      input: Type.Object({
        to: Type.String({ minLength: 1, maxLength: 300 }),
        text: Type.String({ minLength: 1, maxLength: 50_000 }),
      }),
      run: async ({ to, text }, { scope }: { scope: Context }) => {
        const sent = await sendMessage(scope, run.office_id, { to: { name: to }, content: text, taskId });
        return { message_id: sent.message.id };
      },
    }),
    defineTool({
      name: 'group_list',
      description: 'The groups that you are in: ids and names.',
      risk: 'read',
      input: Type.Object({}),
      run: async (_input, { scope }: { scope: Context }) => {
        const { items } = await listConversations(scope, run.office_id, 'group', { limit: COLLEAGUES_MAX });
        return { groups: items.map(({ id, name }) => ({ id, name })) };
      },
    }),
    defineTool({
      name: 'group_send',
      description: 'Say something in a group. Only those named with @ are woken.',
      risk: 'local',
      isAtomic: true,
      input: Type.Object({
        group_id: Type.String({ minLength: 1, maxLength: 100 }),
        text: Type.String({ minLength: 1, maxLength: 50_000 }),
      }),
      run: async ({ group_id, text }, { scope }: { scope: Context }) => {
        const sent = await sendMessage(scope, run.office_id, {
          to: { conversationId: group_id },
          content: text,
          taskId,
        });
        return { message_id: sent.message.id };
      },
    }),
    defineTool({
      name: 'group_create',
      description: 'Open a group of colleagues; the people of the office are always in it.',
      risk: 'local',
      isAtomic: true,
      input: Type.Object({
        name: Type.String({ minLength: 1, maxLength: 100 }),
        members: Type.Array(Type.String({ maxLength: 300 }), { minItems: 1, maxItems: 50 }),
      }),
      run: async ({ name, members }, { scope }: { scope: Context }) => {
        const all = [...new Set([...members, work.turn.agent.name])];
        return { group_id: (await createGroup(scope, run.office_id, { name, members: all })).id };
      },
    }),
    defineTool({
      name: 'chat_wait',
      description:
        'Wait for the answer to a message that you sent: give its message_id. The work goes on when it comes, or when the time is over.',
      risk: 'read',
      input: Type.Object({
        message_id: Type.String({ minLength: 1, maxLength: 100 }),
        minutes: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_080 })),
      }),
      run: async ({ message_id, minutes = MINUTES_DEFAULT }, { scope }: { scope: Context }) => {
        const asked = await findMessage(scope, run.office_id, message_id);
        if (asked === undefined || asked.sender !== work.turn.agent.name)
          throw new ToolError('chat_wait', 'You sent no message with that id.');
        const answer = await findAnswer(scope, asked);
        if (answer !== undefined) return { from: answer.sender, text: answer.content };
        const deadlineAt = asked.created_at + minutes * 60_000;
        if (deadlineAt <= scope.house.clock.now()) return { from: null, text: null };
        const isOver = async (tx: unknown) => (await findAnswer(tx as Context, asked)) !== undefined;
        throw new TurnParked('awaiting_reply', deadlineAt, isOver);
      },
    }),
    defineTool({
      name: 'chat_read',
      description: 'The newest messages between you and somebody, oldest first.',
      risk: 'read',
      input: Type.Object({
        with: Type.String({ minLength: 1, maxLength: 300 }),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
      }),
      run: async ({ with: name, limit }, { scope }: { scope: Context }) => {
        const conversation = await findDirect(scope, run.office_id, work.turn.agent.name, name);
        if (conversation === undefined) return { messages: [] };
        const { items } = await listMessages(scope, conversation.id, { limit: limit ?? MESSAGES_DEFAULT });
        return {
          messages: items
            .filter((message) => !isControlFrame(message.content))
            .map((message) => ({ from: message.sender, text: message.content, at: formatInstant(message.created_at) })),
        };
      },
    }),
  ];
}
