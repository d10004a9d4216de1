export type { MemoryAnswer, MemoryHit } from '@guildhall/cortex';
export { type AskOptions, askMemory } from './ask.ts';
export { forgetDriveFile, indexDriveFile } from './drive-sources.ts';
export { type ForgetInput, type Forgotten, forget } from './forget.ts';
export { takeInActivity } from './office-activity.ts';
export { type CorrectInput, correct, type Remembered, type RememberInput, remember } from './remember.ts';
