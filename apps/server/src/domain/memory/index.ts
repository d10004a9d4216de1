export { askMemory, forget, forgetDriveFile, indexDriveFile, type MemoryHit, remember } from './memory.ts';
