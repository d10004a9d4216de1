export { type Plan, plans, type Region, regions } from './plans.ts';
