import { cortexMigration, enrichmentMigration, memoryMigration } from '@guildhall/cortex/migrations';
import type { Migration } from '@guildhall/storage';
import { house } from './0001_house.ts';
import { agentsAtWork } from './0003_agents_at_work.ts';
import { delegates } from './0006_delegates.ts';
import { secrets } from './0007_secrets.ts';
import { filePermissions } from './0008_file_permissions.ts';
import { invites } from './0009_invites.ts';
import { integrations } from './0010_integrations.ts';
import { quotas } from './0011_quotas.ts';
import { taskDetails } from './0012_task_details.ts';
import { officeTransfers } from './0013_office_transfers.ts';
import { readMarks } from './0014_read_marks.ts';
import { folders } from './0015_folders.ts';
import { clones } from './0016_clones.ts';
import { listOrders } from './0017_list_orders.ts';
import { eventTimes } from './0018_event_times.ts';
import { channels } from './0019_channels.ts';
import { officeProviders } from './0020_office_providers.ts';
import { eventFamilies } from './0021_event_families.ts';
import { taskWords } from './0022_task_words.ts';
import { suspensions } from './0023_suspensions.ts';
import { conversationKinds } from './0024_conversation_kinds.ts';
import { waitingRuns } from './0025_waiting_runs.ts';
import { moreIndexes } from './0026_more_indexes.ts';

/** In the order they are applied. Never edit one that was released: add the next number. */
export const migrations: readonly Migration[] = [
  house,
  memoryMigration,
  agentsAtWork,
  cortexMigration,
  enrichmentMigration,
  delegates,
  secrets,
  filePermissions,
  invites,
  integrations,
  quotas,
  taskDetails,
  officeTransfers,
  readMarks,
  folders,
  clones,
  listOrders,
  eventTimes,
  channels,
  officeProviders,
  eventFamilies,
  taskWords,
  suspensions,
  conversationKinds,
  waitingRuns,
  moreIndexes,
];
