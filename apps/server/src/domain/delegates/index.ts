export { type Delegate, deleteDelegate, listDelegates, loadDelegate, setDelegate } from './delegate.ts';
