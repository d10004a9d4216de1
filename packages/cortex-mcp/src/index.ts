export { type CallMemory, cortexServer } from './cortex-server.ts';
export { type CortexTool, cortexTools, type MemoryRequest } from './cortex-tools.ts';
