import { type Command, InvalidArgumentError } from 'commander';
import { memoryOf, type OfficeOption, withOffice } from '../office.ts';
import { printOne, printRows } from '../output.ts';

type Mode = 'standard' | 'model';

/** What can be taken in, and who reads it. */
export function cortexEnrichmentCommands(cortex: Command): void {
  withOffice(cortex.command('sources').description('what can be taken into the memory, and how')).action(
    async (options: OfficeOption) => {
      const { sources } = await (await memoryOf(options)).connectableSources();
      printRows(
        sources,
        {
          source: (row) => row.title,
          items: (row) => row.feeds.reduce((sum, { items }) => sum + items, 0),
          how: (row) => row.how,
          needs: (row) => row.needs,
        },
        options,
      );
    },
  );
  withOffice(
    cortex
      .command('enrichment')
      .description('who reads what comes in: shows it, or chooses')
      .argument(
        '[mode]',
        'standard (the rules of the house), or model (a language model too; the office pays)',
        toMode,
      ),
  )
    .option('--goal <text>', 'what the memory is for, as the model is told')
    .action(async (mode: Mode | undefined, options: OfficeOption & { goal?: string }) => {
      const memory = await memoryOf(options);
      const { goal } = options;
      if (mode === undefined) return printOne(await memory.enrichment(), options);
      printOne(await memory.chooseEnrichment({ mode, ...(goal === undefined ? {} : { goal }) }), options);
    });
}

function toMode(text: string): Mode {
  if (text !== 'standard' && text !== 'model') throw new InvalidArgumentError('It must be standard or model.');
  return text;
}
