import type { ScheduleInput } from '../domain/schedules/index.ts';

const JOBS_MAX = 10;
/** A job of a package wakes an agent at the office's cost: not oftener than this. */
const EVERY_MS_MIN = 300_000;
const NAME_CHARS_MAX = 100;

/** The model of a settings file: `{agents: {defaults: {model: {primary}}}}`, `{agent: {model}}` or `{model}`. */
export function modelIn(settings: unknown): string | undefined {
  const paths = [
    ['agents', 'defaults', 'model', 'primary'],
    ['agents', 'defaults', 'model'],
    ['agent', 'model', 'primary'],
    ['agent', 'model'],
    ['model'],
  ];
  for (const path of paths) {
    const found = path.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), settings);
    if (typeof found === 'string' && found !== '') return found;
  }
  return undefined;
}

/** Jobs as programs of this kind keep them: `{jobs: [{name, schedule: {kind, expr, tz, everyMs, atMs}, payload: {message}}]}`. */
export function schedulesIn(value: unknown): { schedules: Omit<ScheduleInput, 'agent'>[]; unreadable: string[] } {
  const jobs = (isObject(value) && Array.isArray(value.jobs) ? value.jobs : Array.isArray(value) ? value : []).slice(
    0,
    JOBS_MAX,
  );
  const unreadable: string[] = [];
  const schedules = jobs.filter(isObject).flatMap((job) => {
    const name = String(job.name ?? job.id ?? 'job').slice(0, NAME_CHARS_MAX);
    if (job.enabled === false) return [];
    const timing = timingOf(job);
    const prompt = promptOf(job);
    if (timing !== undefined && prompt !== '') return [{ name, prompt, jitterMs: 0, ...timing }];
    unreadable.push(name);
    return [];
  });
  return { schedules, unreadable };
}

function timingOf(job: Record<string, unknown>) {
  const schedule = isObject(job.schedule) ? job.schedule : { expr: job.schedule ?? job.cron };
  const timezone = typeof schedule.tz === 'string' ? schedule.tz : 'UTC';
  if (typeof schedule.expr === 'string') return { cron: schedule.expr, everyMs: null, timezone };
  if (typeof schedule.everyMs === 'number')
    return { cron: null, everyMs: Math.max(EVERY_MS_MIN, Math.round(schedule.everyMs)), timezone };
  if (typeof schedule.atMs === 'number')
    return { cron: null, everyMs: null, onceAt: Math.round(schedule.atMs), timezone };
  return undefined;
}

function promptOf(job: Record<string, unknown>): string {
  const payload = isObject(job.payload) ? job.payload : job;
  const text = payload.message ?? payload.text ?? payload.prompt;
  return typeof text === 'string' ? text.trim() : '';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
