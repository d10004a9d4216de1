export { type Callback, keepCallback, listCallbacks, loadCallback, pruneCallbacks } from './callback.ts';
