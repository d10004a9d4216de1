import type { Command } from 'commander';
import { memoryOf, type OfficeOption, withOffice } from '../office.ts';
import { printDone, printRows } from '../output.ts';
import { wholeNumber } from './number.ts';

/** Who and what the memory knows. */
export function cortexGraphCommands(cortex: Command): void {
  withOffice(cortex.command('entities').description('who and what is named'))
    .option('-k, --kind <kind>', 'person, organization, file, ticket, name, …')
    .option('--search <text>')
    .option('-l, --limit <n>', 'rows; 100 when left out', wholeNumber)
    .action(async (options: OfficeOption & { kind?: string; search?: string; limit?: number }) => {
      const { kind, search, limit } = options;
      const query = {
        ...(kind === undefined ? {} : { kind }),
        ...(search === undefined ? {} : { search }),
        ...(limit === undefined ? {} : { limit }),
      };
      printRows(
        await (await memoryOf(options)).entities(query),
        { id: (row) => row.id, kind: (row) => row.kind, name: (row) => row.name, mentions: (row) => row.mentions },
        options,
      );
    });
  withOffice(
    cortex
      .command('neighbours')
      .alias('neighbors')
      .description('what is named beside somebody or something')
      .argument('<entity>'),
  ).action(async (entity: string, options: OfficeOption) => {
    const { neighbours } = await (await memoryOf(options)).neighbours(entity);
    printRows(
      neighbours,
      { id: (row) => row.id, kind: (row) => row.kind, name: (row) => row.name, shared: (row) => row.shared },
      options,
    );
  });
  withOffice(cortex.command('path').description('how two hang together').argument('<from>').argument('<to>')).action(
    async (from: string, to: string, options: OfficeOption) => {
      const { path } = await (await memoryOf(options)).path(from, to);
      printRows(path, { id: (row) => row.id, kind: (row) => row.kind, name: (row) => row.name }, options);
    },
  );
  withOffice(cortex.command('merges').description('what was taken for the same, and why')).action(
    async (options: OfficeOption) => {
      printRows(
        await (await memoryOf(options)).merges(),
        {
          id: (row) => row.id,
          from: (row) => row.from,
          into: (row) => row.into,
          reason: (row) => row.reason,
          undone: (row) => row.undone_at,
        },
        options,
      );
    },
  );
  withOffice(cortex.command('merge').description('say that two are one').argument('<from>').argument('<into>'))
    .requiredOption('-r, --reason <text>')
    .action(async (from: string, into: string, options: OfficeOption & { reason: string }) => {
      const made = await (await memoryOf(options)).merge({ from, into, reason: options.reason });
      printDone(`Merged; mi cortex unmerge ${made.id} takes it back.`, made, options);
    });
  withOffice(
    cortex.command('unmerge').description('take a merge back').argument('<mergeId>', 'from merges', wholeNumber),
  ).action(async (id: number, options: OfficeOption) => {
    await (await memoryOf(options)).unmerge(id);
    printDone('They are two again.', { status: 'ok', id }, options);
  });
}
