/** A size of server that can be ordered (seed: osmoda-spawn-skill, Plans). */
export interface Plan {
  id: string;
  name: string;
  description: string;
  cpuCores: number;
  memoryGigabytes: number;
  diskGigabytes: number;
  priceCents: number;
  tier?: string;
}

export interface Region {
  id: string;
  name: string;
  flag: string;
}

export const plans: readonly Plan[] = [
  {
    id: 'test',
    name: 'Solo',
    description: '1 agent, light tasks',
    cpuCores: 2,
    memoryGigabytes: 4,
    diskGigabytes: 40,
    priceCents: 1499,
  },
  {
    id: 'starter',
    name: 'Pro',
    description: '2-4 agents, real work',
    cpuCores: 4,
    memoryGigabytes: 8,
    diskGigabytes: 80,
    priceCents: 3499,
    tier: 'recommended',
  },
  {
    id: 'developer',
    name: 'Team',
    description: '5-10 agents, heavy loads',
    cpuCores: 8,
    memoryGigabytes: 16,
    diskGigabytes: 160,
    priceCents: 6299,
  },
  {
    id: 'production',
    name: 'Scale',
    description: '10-20+ agents, full fleet',
    cpuCores: 16,
    memoryGigabytes: 32,
    diskGigabytes: 320,
    priceCents: 12599,
  },
];

export const regions: readonly Region[] = [
  { id: 'eu-central', name: 'Frankfurt, Germany', flag: 'DE' },
  { id: 'eu-north', name: 'Helsinki, Finland', flag: 'FI' },
  { id: 'us-east', name: 'Virginia, USA', flag: 'US' },
  { id: 'us-west', name: 'Oregon, USA', flag: 'US' },
];
