import { constants, createWriteStream, existsSync, openAsBlob } from 'node:fs';
import { access, rename, rm, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MitosisClient } from '@guildhall/sdk';
import type { Command } from 'commander';
import { type OfficeOption, resolveOffice, withOffice } from '../office.ts';
import { printDone, printOne, printRows } from '../output.ts';

export function fileCommands(root: Command): void {
  const files = root.command('files').description('the drive of an office');
  withOffice(files.command('ls').description('the files of the drive, or of one folder with its folders').alias('list'))
    .argument('[folder]')
    .action(async (folder: string | undefined, options: OfficeOption) => {
      const client = await MitosisClient.fromConfig();
      const officeId = await resolveOffice(client, options);
      const folders = folder === undefined ? [] : await client.files.folders(officeId, { parent: folder });
      const rows = [
        ...folders.map(({ path }) => ({ name: `${path}/`, size: '', version: '', modifiedAt: '', writtenBy: '' })),
        ...(await client.files.list(officeId, folder === undefined ? {} : { folder })),
      ];
      printRows(
        rows,
        {
          name: (row) => row.name,
          bytes: (row) => row.size,
          version: (row) => row.version,
          modified: (row) => row.modifiedAt,
          by: (row) => row.writtenBy,
        },
        options,
      );
    });
  files
    .command('upload')
    .description('put a file on the drive')
    .alias('push')
    .argument('<officeId>')
    .argument('<localPath>')
    .option('-n, --name <remote>', 'name on the drive')
    .option('--json', 'print JSON')
    .action(async (officeId: string, localPath: string, options: { name?: string; json?: boolean }) => {
      const client = await MitosisClient.fromConfig();
      await access(localPath, constants.R_OK);
      if (!(await stat(localPath)).isFile())
        throw new Error(`${localPath} is no file. Upload the files in it one by one.`);
      // The blob reads from disk as it is sent: a large file is never in memory.
      printOne(
        await client.files.upload(officeId, options.name ?? basename(localPath), await openAsBlob(localPath)),
        options,
      );
    });
  files
    .command('download')
    .description('fetch a file')
    .alias('pull')
    .argument('<officeId>')
    .argument('<filename>')
    .option('-o, --output <path>', 'where to; the file’s own name when left out, - for standard output')
    .option('-f, --force', 'over a file of that name')
    .option('--json', 'print JSON')
    .action(
      async (officeId: string, filename: string, options: { output?: string; force?: boolean; json?: boolean }) => {
        const target = options.output ?? basename(filename);
        // What was not named by hand is not written over: it may be another file that is only called alike.
        if (options.output === undefined && options.force !== true && existsSync(target))
          throw new Error(
            `${target} is here already. Name another place with --output, or write over it with --force.`,
          );
        const response = await (await MitosisClient.fromConfig()).files.download(officeId, filename);
        if (response.body === null) throw new Error('The server sent no content.');
        const source = Readable.fromWeb(response.body);
        if (options.output === '-') return pipeline(source, process.stdout);
        await writeWhole(source, target);
        printDone(`Wrote ${target}.`, { status: 'downloaded', path: target }, options);
      },
    );
  files
    .command('rm')
    .description('take a file off the drive')
    .argument('<officeId>')
    .argument('<filename>')
    .option('--json', 'print JSON')
    .action(async (officeId: string, filename: string, options: { json?: boolean }) => {
      await (await MitosisClient.fromConfig()).files.delete(officeId, filename);
      printDone(`Removed ${filename}.`, { status: 'deleted', name: filename }, options);
    });
  files
    .command('mv')
    .description('give a file another name or folder')
    .argument('<officeId>')
    .argument('<filename>')
    .argument('<to>')
    .option('--json', 'print JSON')
    .action(async (officeId: string, filename: string, to: string, options: { json?: boolean }) =>
      printOne(await (await MitosisClient.fromConfig()).files.move(officeId, filename, to), options),
    );
}

/** An interrupted download leaves no half file under the name that was asked for. */
async function writeWhole(source: Readable, target: string): Promise<void> {
  const partial = `${target}.part`;
  try {
    await pipeline(source, createWriteStream(partial));
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
