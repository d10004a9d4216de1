import { writeFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { memoryOf, type OfficeOption, withOffice } from '../office.ts';
import { printable, printDone, printJson, printOne, printRows, wantsJson } from '../output.ts';
import { cortexEnrichmentCommands } from './cortex-enrichment.ts';
import { cortexGraphCommands } from './cortex-graph.ts';
import { cortexIngestCommands } from './cortex-ingest.ts';
import { cortexSyncCommand } from './cortex-sync.ts';
import { wholeNumber } from './number.ts';

interface FilterOptions extends OfficeOption {
  limit?: number;
  agent?: string;
  since?: string;
  until?: string;
  asOf?: string;
  sourceTable?: string;
}

function withFilters(command: Command): Command {
  return withOffice(command)
    .option('-l, --limit <n>', 'results; 8 when left out', wholeNumber)
    .option('-a, --agent <name>', 'who asks', 'cli')
    .option('--since <time>', 'from this time on (ISO 8601)')
    .option('--until <time>', 'before this time')
    .option('--as-of <time>', 'what held then: facts that were corrected since, as they were')
    .option('--source-table <name>', 'only this feed, for example drive_files');
}

function filtersOf(options: FilterOptions) {
  const { limit, agent, since, until, asOf, sourceTable } = options;
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(agent === undefined ? {} : { agent }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(asOf === undefined ? {} : { as_of: asOf }),
    ...(sourceTable === undefined ? {} : { source_table: sourceTable }),
  };
}

/** The memory of the office (seed: mitosis-sdk-reference, READ THIS FIRST and 8). */
export function cortexCommands(root: Command): void {
  const cortex = root.command('cortex').description('the memory of the office');
  withFilters(
    cortex.command('ask').description('what the memory says, as a cited block').argument('<query...>'),
  ).action(async (words: string[], options: FilterOptions) => {
    const query = words.join(' ');
    const answer = await (await memoryOf(options)).answer({ query, ...filtersOf(options) });
    // Agents that run commands read the block; JSON only when it is asked for.
    if (options.json === true) return printJson(answer);
    const gap = answer.source_gap ?? answer.possible_source_gap;
    if (answer.context !== '') process.stdout.write(`${printable(answer.context)}\n`);
    if (gap !== undefined) process.stdout.write(`${printable(gap.headline)} ${gap.advice}\n`);
    if (answer.memory_state === 'indexing') process.stdout.write('Not all is indexed yet: mi cortex status\n');
  });
  withFilters(
    cortex.command('answer').description('the same as JSON: scores, signals, freshness').argument('<query...>'),
  )
    .option('--include-raw', 'with whole pieces and their metadata')
    .option('--prefer-recent', 'newer first among what fits well')
    .action(async (words: string[], options: FilterOptions & { includeRaw?: boolean; preferRecent?: boolean }) => {
      const memory = await memoryOf(options);
      const answer = await memory.answer({
        query: words.join(' '),
        ...filtersOf(options),
        ...(options.includeRaw === true ? { include_raw: true } : {}),
        ...(options.preferRecent === true ? { prefer_recent: true } : {}),
      });
      const { feeds, embed_coverage, graph_coverage } = await memory.status();
      printJson({ ...answer, freshness: { embed_coverage, graph_coverage, feeds } });
    });
  withFilters(cortex.command('recall').description('by vectors alone, with excerpts').argument('<query...>')).action(
    async (words: string[], options: FilterOptions) => {
      const query = words.join(' ');
      const { results } = await (await memoryOf(options)).recall({ query, ...filtersOf(options) });
      printRows(
        results,
        {
          universal_id: (row) => row.universal_id,
          score: (row) => row.score.toFixed(3),
          source: (row) => row.source,
          content: (row) => row.content.slice(0, 200),
        },
        options,
      );
    },
  );
  factCommands(cortex);
  withOffice(cortex.command('get').description('what a universal id names, whole').argument('<universalId>')).action(
    async (id: string, options: OfficeOption) => {
      const source = await (await memoryOf(options)).get(id);
      if (wantsJson(options)) return printJson(source);
      const { raw_data, ...about } = source;
      printOne(about, options);
      process.stdout.write(`\n${printable(raw_data.text)}\n`);
    },
  );
  withOffice(cortex.command('status').description('coverage, and how fresh each source is')).action(
    async (options: OfficeOption) => {
      const status = await (await memoryOf(options)).status();
      if (wantsJson(options)) return printJson(status);
      const { feeds, ...about } = status;
      printOne(about, options);
      printRows(
        feeds,
        {
          feed: (row) => row.feed_key,
          items: (row) => row.items,
          newest: (row) => row.newest_at,
          error: (row) => row.error,
        },
        options,
      );
    },
  );
  withOffice(cortex.command('manifest').description('what there is to ask about')).action(
    async (options: OfficeOption) => printJson(await (await memoryOf(options)).manifest()),
  );
  withOffice(
    cortex.command('why').description('why a result is found, or is not').argument('<query>').argument('<universalId>'),
  ).action(async (query: string, id: string, options: OfficeOption) =>
    printOne(await (await memoryOf(options)).why({ query, universal_id: id }), options),
  );
  withOffice(cortex.command('export').description('everything, one JSON object a line'))
    .option('--output <path>', 'a file, instead of standard output')
    .option('--source <feed>', 'only this feed')
    .action(async (options: OfficeOption & { output?: string; source?: string }) => {
      const lines: string[] = [];
      let count = 0;
      if (options.output !== undefined) writeFileSync(options.output, '');
      const flush = () => {
        if (options.output === undefined) process.stdout.write(lines.join(''));
        else writeFileSync(options.output, lines.join(''), { flag: 'a' });
        lines.length = 0;
      };
      for await (const source of (await memoryOf(options)).export(options.source)) {
        lines.push(`${JSON.stringify(source)}\n`);
        count += 1;
        if (lines.length >= 100) flush();
      }
      flush();
      if (options.output !== undefined)
        printDone(
          `${count} items are in ${options.output}.`,
          { status: 'ok', items: count, path: options.output },
          options,
        );
    });
  cortexIngestCommands(cortex);
  cortexSyncCommand(cortex);
  cortexEnrichmentCommands(cortex);
  cortexGraphCommands(cortex);
}

function factCommands(cortex: Command): void {
  const collect = (value: string, before: string[] = []) => [...before, value];
  withOffice(cortex.command('remember').description('keep a fact; name what it rests on').argument('<text>'))
    .option('-a, --agent <name>', 'on whose behalf', 'cli')
    .option('-k, --kind <kind>', 'observation, decision, insight, task-outcome')
    .option('-c, --confidence <0-1>', 'how sure', confidence)
    .option('-s, --source <universalId...>', 'a result that it rests on; as often as needed', collect)
    .action(
      async (
        text: string,
        options: OfficeOption & { agent: string; kind?: string; confidence?: number; source?: string[] },
      ) => {
        const { agent, kind, confidence: sure, source } = options;
        const kept = await (await memoryOf(options)).remember({
          text,
          agent,
          metadata: {},
          ...(kind === undefined ? {} : { kind }),
          ...(sure === undefined ? {} : { confidence: sure }),
          ...(source === undefined ? {} : { source_universal_ids: source }),
        });
        printDone(`Kept as ${kept.universal_id}.`, kept, options);
      },
    );
  withOffice(
    cortex
      .command('correct')
      .description('put a new fact in the place of an old one')
      .argument('<universalId>')
      .argument('<text>'),
  )
    .requiredOption('-r, --reason <text>', 'why the old one no longer holds')
    .option('-a, --agent <name>', 'on whose behalf', 'cli')
    .action(async (id: string, text: string, options: OfficeOption & { reason: string; agent: string }) => {
      const { reason, agent } = options;
      const kept = await (await memoryOf(options)).correct({ universal_id: id, text, reason, agent });
      printDone(`Corrected: ${kept.universal_id} stands in its place.`, kept, options);
    });
  withOffice(cortex.command('history').description('all versions of a fact').argument('<universalId>')).action(
    async (id: string, options: OfficeOption) => {
      const { versions } = await (await memoryOf(options)).history(id);
      printRows(
        versions,
        {
          universal_id: (row) => row.universal_id,
          from: (row) => row.valid_from,
          to: (row) => row.valid_to,
          reason: (row) => row.supersede_reason,
          text: (row) => row.raw_data.text,
        },
        options,
      );
    },
  );
  withOffice(cortex.command('forget').description('forget for good').argument('[universalIds...]'))
    .option('--source <feed>', 'all of a feed')
    .option('--person <name>', 'all that somebody said or wrote')
    .option('--since <time>', 'from this time on')
    .option('--until <time>', 'before this time')
    .option('-r, --reason <text>')
    .option('--dry-run', 'only say what it would be')
    .action(
      async (
        ids: string[],
        options: OfficeOption & {
          source?: string;
          person?: string;
          since?: string;
          until?: string;
          reason?: string;
          dryRun?: boolean;
        },
      ) => {
        const { source, person, since, until, reason, dryRun } = options;
        const gone = await (await memoryOf(options)).forget({
          ...(ids.length === 0 ? {} : { universal_ids: ids }),
          ...(source === undefined ? {} : { source }),
          ...(person === undefined ? {} : { person }),
          ...(since === undefined ? {} : { since }),
          ...(until === undefined ? {} : { until }),
          ...(reason === undefined ? {} : { reason }),
          ...(dryRun === true ? { dry_run: true } : {}),
        });
        const more = gone.partial ? ' There is more: run the same again.' : '';
        const done = gone.dry_run ? `It would forget ${gone.universal_ids.length}.` : `Forgotten: ${gone.forgotten}.`;
        printDone(`${done}${more}`, gone, options);
      },
    );
}

function confidence(text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError('It must be a number from 0 to 1.');
  return value;
}
