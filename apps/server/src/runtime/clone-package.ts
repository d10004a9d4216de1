import { createHash } from 'node:crypto';
import { pipeline, Readable, Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { createTarDecoder } from 'modern-tar';
import { type ClonePhase, type Manifest, phaseOf, refusalOf } from '../domain/clones/index.ts';

/** One file is skipped above this, a folder warned of (spec: mitosis.md 3.6). */
const FILE_BYTES_MAX = 50_000_000;
const FOLDER_BYTES_WARNED = 100_000_000;
/** What a package may unpack to, however small it is. */
const UNPACKED_BYTES_MAX = 600_000_000;
const ENTRIES_MAX = 40_000;
const MANIFEST = 'manifest.json';

export type PackageEntry =
  | { kind: 'file'; path: string; phase: ClonePhase; content: Buffer }
  | { kind: 'failed'; path: string; phase: ClonePhase; reason: string }
  | { kind: 'warning'; text: string; phase?: ClonePhase | undefined };

/** A package cannot be read. Its message is for who sent it. */
export class BrokenPackage extends Error {}

/**
 * Reads a package (tar.gz, `manifest.json` first) as a stream: bounded in size and number, each file checked against the manifest,
 * what a package must not hold left out with a word on it. Files that the manifest names and that do not come are told at the end.
 */
export async function* readPackage(bundle: Readable, manifest: Manifest): AsyncGenerator<PackageEntry> {
  const missing = new Set([...manifest.files.keys()].filter((path) => path !== MANIFEST));
  const folders = new Map<string, number>();
  let entries = 0;
  try {
    const limited = bounded();
    // What goes wrong in one of them ends all of them, and is thrown where the last one is read.
    pipeline(bundle, createGunzip(), limited, () => {});
    const unpacked = Readable.toWeb(limited) as ReadableStream<Uint8Array>;
    for await (const { header, body } of unpacked.pipeThrough(
      createTarDecoder(),
    ) as unknown as AsyncIterable<TarEntry>) {
      const path = header.name.replace(/^\.\//, '').normalize('NFC');
      if (++entries > ENTRIES_MAX) throw new BrokenPackage(`The package has more than ${ENTRIES_MAX} entries.`);
      if (entries === 1 && path !== MANIFEST) throw new BrokenPackage(`The package does not begin with ${MANIFEST}.`);
      const skip = async (text: string): Promise<PackageEntry> => {
        await passOver(body);
        missing.delete(path);
        return { kind: 'warning', text: `${path.slice(0, 300)} ${text}`, phase: phaseOf(path) };
      };
      if (header.type === 'directory' || path === MANIFEST) {
        await passOver(body);
        continue;
      }
      const refusal = header.type === 'file' ? refusalOf(path) : 'is a link or a device';
      if (refusal !== undefined) {
        yield await skip(refusal);
        continue;
      }
      if (header.size > FILE_BYTES_MAX) {
        yield await skip(`has more than ${FILE_BYTES_MAX / 1_000_000} MB`);
        continue;
      }
      const known = manifest.files.get(path);
      if (known === undefined) {
        yield await skip('is not in the manifest');
        continue;
      }
      const content = await contentOf(body);
      const phase = phaseOf(path) as ClonePhase;
      missing.delete(path);
      const isWhole = createHash('sha256').update(content).digest('hex') === known.sha256;
      yield isWhole
        ? { kind: 'file', path, phase, content }
        : { kind: 'failed', path, phase, reason: 'is not what the manifest says' };
      const folder = path.slice(0, path.lastIndexOf('/'));
      folders.set(folder, (folders.get(folder) ?? 0) + content.length);
    }
  } catch (error) {
    throw error instanceof BrokenPackage
      ? error
      : new BrokenPackage('The package is no tar.gz, or breaks off.', { cause: error });
  } finally {
    bundle.destroy();
  }
  if (entries === 0) throw new BrokenPackage('The package is empty.');
  for (const [folder, bytes] of folders)
    if (bytes > FOLDER_BYTES_WARNED)
      yield { kind: 'warning', text: `${folder} holds more than ${FOLDER_BYTES_WARNED / 1_000_000} MB` };
  for (const path of missing) {
    const phase = phaseOf(path);
    yield phase === undefined || refusalOf(path) !== undefined
      ? { kind: 'warning', text: `${path.slice(0, 300)} ${refusalOf(path) ?? 'is no part of a package'}` }
      : { kind: 'failed', path, phase, reason: 'is in the manifest and not in the package' };
  }
}

interface TarEntry {
  header: { name: string; size: number; type: string };
  body: ReadableStream<Uint8Array>;
}

/** Read, not cancelled: the decoder waits for ever for what follows a body that was cancelled. */
async function passOver(body: ReadableStream<Uint8Array>): Promise<void> {
  const reader = body.getReader();
  while (!(await reader.read()).done);
}

async function contentOf(body: ReadableStream<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A few megabytes may unpack to terabytes. */
function bounded(): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes <= UNPACKED_BYTES_MAX) done(null, chunk);
      else done(new BrokenPackage(`The package unpacks to more than ${UNPACKED_BYTES_MAX / 1_000_000} MB.`));
    },
  });
}
