export { askMemory, forgetDriveFile, indexDriveFile, type MemoryHit, remember } from './memory.ts';
