export * from './activity-log.ts';
export * from './agent-runs.ts';
export * from './agents.ts';
export * from './envelope.ts';
export * from './health.ts';
export * from './search.ts';
export * from './tasks.ts';
