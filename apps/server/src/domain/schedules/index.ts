export {
  createHeartbeat,
  createSchedule,
  deleteSchedule,
  fireSchedules,
  HEARTBEAT_PROMPT,
  listSchedules,
  SCHEDULE_SPEAKER,
  type Schedule,
  type ScheduleInput,
} from './schedule.ts';
