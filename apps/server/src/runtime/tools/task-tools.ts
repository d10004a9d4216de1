import { defineTool, endingTools, ToolError, TurnFailure } from '@guildhall/agent';
import { GuildhallError } from '@guildhall/kernel';
import Type from 'typebox';
import type { Context } from '../../domain/context/index.ts';
import {
  askReview,
  checkCompletion,
  claimNextTask,
  completeTask,
  createTask,
  type Evidence,
  evidenceFor,
  listComments,
  listTasks,
  loadTask,
  noteRefusal,
  releaseTask,
  reportProgress,
  type Task,
  type TaskScope,
  taskStates,
} from '../../domain/tasks/index.ts';
import type { HouseTool, ToolSetting } from './tool-setting.ts';

const LIST_MAX = 50;
const COMMENTS_MAX = 20;

const EvidenceInput = Type.Object(
  {
    files: Type.Optional(
      Type.Array(Type.Object({ name: Type.String(), sha256: Type.Optional(Type.String()) }), {
        maxItems: 100,
        description: 'Files on the drive that hold the result.',
      }),
    ),
    sources: Type.Optional(Type.Array(Type.String(), { maxItems: 100, description: 'What the result rests on.' })),
    notes: Type.Optional(Type.String({ maxLength: 20_000 })),
  },
  { description: 'What proves that the task is done.' },
);

/** The office's tasks, and the end of the one at hand. */
export function taskTools(setting: ToolSetting): HouseTool[] {
  const { run, work } = setting;
  const scope: TaskScope = { organizationId: run.organization_id, officeId: run.office_id };
  const tools: HouseTool[] = [
    defineTool({
      name: 'tasks_list',
      description: 'The office’s newest tasks, of one state if given.',
      risk: 'read',
      input: Type.Object({ state: Type.Optional(Type.Union(taskStates.map((state) => Type.Literal(state)))) }),
      run: async ({ state }, at: { scope: Context }) => {
        const filter = state === undefined ? {} : { states: [state] };
        const { items } = await listTasks(at.scope, scope, filter, { limit: LIST_MAX });
        return { tasks: items.map(brief) };
      },
    }),
    defineTool({
      name: 'tasks_get',
      description: 'One task with its description, result, evidence and comments.',
      risk: 'read',
      input: Type.Object({ number: Type.Integer() }),
      run: async ({ number }, at: { scope: Context }) => {
        const task = await loadTask(at.scope, scope, String(number), 'tasks:read');
        const { items: comments } = await listComments(at.scope, task.id, { limit: COMMENTS_MAX });
        return {
          ...brief(task),
          description: task.description,
          result: task.result,
          evidence: await evidenceFor(at.scope, task),
          review_notes: task.review_notes,
          comments: comments.map(({ author, body }) => ({ author, body })),
        };
      },
    }),
    defineTool({
      name: 'tasks_create',
      description:
        'File a task: for a colleague (assignee), after others (depends_on), as a part of the one at hand (is_subtask).',
      risk: 'local',
      isAtomic: true,
      input: Type.Object({
        title: Type.String({ minLength: 1, maxLength: 2_000 }),
        description: Type.Optional(Type.String({ maxLength: 100_000 })),
        assignee: Type.Optional(Type.String({ maxLength: 300 })),
        reviewer: Type.Optional(Type.String({ maxLength: 300 })),
        depends_on: Type.Optional(Type.Array(Type.Integer(), { maxItems: 50 })),
        is_subtask: Type.Optional(Type.Boolean()),
      }),
      run: async (input, at: { scope: Context }) => {
        const { task } = await createTask(at.scope, run.office_id, {
          title: input.title,
          description: input.description,
          assignee: input.assignee,
          reviewer: input.reviewer,
          dependsOn: input.depends_on?.map(String),
          parent: input.is_subtask === true && work.kind === 'task' ? work.task.id : undefined,
          deduplicate: true,
        });
        return brief(task);
      },
    }),
  ];
  if (work.kind === 'task') tools.push(...endingToolsOf(work, setting));
  if (work.kind === 'message') tools.push(...claimingTools(setting, scope));
  if (work.kind === 'review') tools.push(reviewTool());
  return tools;
}

function endingToolsOf(work: Extract<ToolSetting['work'], { kind: 'task' }>, { prove }: ToolSetting): HouseTool[] {
  return [
    defineTool({
      name: 'task_ask_review',
      description: 'Let a colleague look at the result of this task before it counts as done.',
      risk: 'local',
      isAtomic: true,
      input: Type.Object({ reviewer: Type.String({ minLength: 1, maxLength: 300 }) }),
      run: async ({ reviewer }, at: { scope: Context }) => {
        await askReview(at.scope, work.scope, work.task.id, work.fence, reviewer);
        return { reviewer };
      },
    }),
    defineTool({
      name: 'task_progress',
      description: 'Tell how far the task is.',
      risk: 'local',
      isAtomic: true,
      input: Type.Object({
        percent: Type.Number({ minimum: 0, maximum: 100 }),
        step: Type.String({ maxLength: 500 }),
      }),
      run: async ({ percent, step }, at: { scope: Context }) => {
        await reportProgress(at.scope, work.scope, work.task.id, work.fence, { percent, step });
        return {};
      },
    }),
    defineTool({
      name: endingTools.done,
      description: `End the task. Its evidence is checked ("${work.task.verification_type}"); a refusal says what is missing.`,
      risk: 'read',
      input: Type.Object({
        result: Type.String({ minLength: 1, maxLength: 100_000, description: 'What came out, in words.' }),
        evidence: Type.Optional(EvidenceInput),
      }),
      // The task itself moves with the end of the run, in one transaction; here it is only asked whether it would.
      run: async ({ result, evidence }, at: { scope: Context }) => {
        const completion = { result, evidence: (evidence ?? {}) as Evidence };
        try {
          await checkCompletion(at.scope, work.scope, work.task.id, work.fence, completion, prove);
        } catch (error) {
          await stopAtLastRefusal(at.scope, work, error);
          throw error;
        }
        return { accepted: true };
      },
    }),
    defineTool({
      name: endingTools.blocked,
      description: 'Stop: you cannot go on without a person. Say exactly what you need.',
      risk: 'read',
      input: Type.Object({ reason: Type.String({ minLength: 1, maxLength: 5_000 }) }),
      run: async () => ({ accepted: true }),
    }),
  ];
}

/** An agent that is refused again and again does not find out by itself: the run ends, and a person is asked. */
async function stopAtLastRefusal(
  context: Context,
  work: Extract<ToolSetting['work'], { kind: 'task' }>,
  error: unknown,
): Promise<void> {
  if (!(error instanceof GuildhallError && error.code === 'evidence_rejected')) return;
  const { isLast, reason } = await noteRefusal(context, work.scope, work.task.id);
  if (isLast) throw new TurnFailure('evidence_refused', `${reason} The last time: ${error.message}`);
}

/** For an agent that was woken by a message or a schedule and looks for work itself. */
function claimingTools({ work }: ToolSetting, scope: TaskScope): HouseTool[] {
  const { id } = work.turn.agent;
  // As when the agent claims with its own key: what it holds there it may end here.
  const owner = `agent:${id}`;
  return [
    defineTool({
      name: 'tasks_claim_next',
      description:
        'Take the most urgent task that waits for you, to work on it now. Answers with its number and fence, or with null.',
      risk: 'local',
      isAtomic: true,
      input: Type.Object({}),
      run: async (_input, at: { scope: Context }) => {
        const claim = await claimNextTask(at.scope, scope, [id], owner);
        if (claim === undefined) return { task: null };
        const { task, fence } = claim;
        return { task: { ...brief(task), fence, description: task.description, evidence_for: task.verification_type } };
      },
    }),
    defineTool({
      name: 'tasks_complete',
      description: 'End a task that you took with tasks_claim_next. Its evidence is checked.',
      risk: 'local',
      isAtomic: true,
      input: Type.Object({
        number: Type.Integer(),
        fence: Type.Integer(),
        result: Type.String({ minLength: 1, maxLength: 100_000 }),
        evidence: Type.Optional(EvidenceInput),
      }),
      run: async ({ number, fence, result, evidence }, at: { scope: Context }) => {
        const completion = { result, evidence: (evidence ?? {}) as Evidence };
        return brief(await completeTask(at.scope, scope, String(number), fence, completion));
      },
    }),
    defineTool({
      name: 'tasks_release',
      description: 'Give back a task that you took and cannot do.',
      risk: 'local',
      isAtomic: true,
      input: Type.Object({ number: Type.Integer(), fence: Type.Integer() }),
      run: async ({ number, fence }, at: { scope: Context }) =>
        brief(await releaseTask(at.scope, scope, String(number), fence)),
    }),
  ];
}

function reviewTool(): HouseTool {
  return defineTool({
    name: endingTools.review,
    description: 'Accept the result, or send it back with what is missing.',
    risk: 'read',
    input: Type.Object({ accepted: Type.Boolean(), notes: Type.String({ minLength: 1, maxLength: 20_000 }) }),
    run: async ({ accepted, notes }) => {
      if (!accepted && notes.trim().length < 3)
        throw new ToolError(endingTools.review, 'A rejection needs notes that say what is missing.');
      return { accepted: true };
    },
  });
}

function brief(task: Task) {
  return { number: task.number, title: task.title, state: task.state, priority: task.priority };
}
