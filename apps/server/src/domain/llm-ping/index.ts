export { type PingResult, pingAgent, pingOffice } from './ping.ts';
