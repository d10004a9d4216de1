export { createSchedule, deleteSchedule, fireSchedules, listSchedules, type Schedule } from './schedule.ts';
