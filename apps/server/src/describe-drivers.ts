import type { Config } from './config.ts';
import type { DriverStatus } from './domain/context/index.ts';
import { PRICES_OF } from './model-settings.ts';
import type { Programs } from './programs.ts';

/** What can think for an agent where there are these credentials, and what is missing for the rest. */
export function describeDrivers(
  config: Config,
  credentials: DriverStatus['credentials'],
  programs: Programs,
): DriverStatus[] {
  return [
    {
      name: 'reflex',
      isAvailable: true,
      description: 'Rules, the office’s memory and operations on text files. No model, no key; it never guesses.',
      credentials: [],
    },
    {
      name: 'model',
      isAvailable: credentials.length > 0,
      description: `Any language model. Tiers: ${Object.keys(config.models.tiers).join(', ')}; prices of ${PRICES_OF}.`,
      ...(credentials.length > 0
        ? {}
        : {
            missing:
              'A credential: the office’s own (POST …/integrations/anthropic/secret), or the house’s: set ANTHROPIC_API_KEY, OPENAI_API_KEY, OPENROUTER_API_KEY or GEMINI_API_KEY, or the address of your own server in GUILDHALL_MODEL_BASE_URL.',
          }),
      credentials,
    },
    ...programs.statuses(credentials),
    {
      name: 'external',
      isAvailable: true,
      description: 'The agent lives elsewhere and fetches its work with its own key.',
      credentials: [],
    },
  ];
}
