export * as office from './office/index.ts';
export * as ops from './ops/index.ts';
export { closed, instant, nullable, open, stringEnum } from './shapes.ts';
export * as spawn from './spawn/index.ts';
