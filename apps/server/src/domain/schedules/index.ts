export {
  createHeartbeat,
  createSchedule,
  deleteSchedule,
  fireSchedules,
  HEARTBEAT_PROMPT,
  listSchedules,
  SCHEDULE_SPEAKER,
  type Schedule,
} from './schedule.ts';
