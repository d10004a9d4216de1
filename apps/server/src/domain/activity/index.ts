export {
  type Activity,
  type ActivityCategory,
  categoryOf,
  listActivity,
  listAgentActivity,
  reportActivity,
  summaryOf,
} from './activity.ts';
