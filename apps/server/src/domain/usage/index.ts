export { type MeteredRun, meterModelCall, meterProcess, type ProcessUsage } from './meter.ts';
export {
  creditsCharged,
  type ModelUsage,
  modelUsage,
  noTaskUsage,
  type ProcessTotals,
  processUsage,
  type TaskUsage,
  taskUsage,
  type UsageGroup,
  type UsagePeriod,
  usageGroups,
} from './usage.ts';
