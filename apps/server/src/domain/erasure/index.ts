export { eraseClosedOffices } from './erase-offices.ts';
