import { type DocumentRecord, record, UnreadableDocument } from './document-record.ts';
import { checkPdfSize } from './pdf-size.ts';
import { checkZipSize } from './zip-size.ts';

const DOCX_UNPACKED_BYTES_MAX = 60_000_000;
const PDF_UNPACKED_BYTES_MAX = 400_000_000;
const PAGES_MAX = 2_000;
const TEXT_CHARS_MAX = 2_500_000;

/** Parsers are loaded by the first such file: a start needs none of them. */
export async function readDocx(name: string, bytes: Uint8Array): Promise<DocumentRecord[]> {
  checkZipSize(bytes, DOCX_UNPACKED_BYTES_MAX);
  const { default: mammoth } = await import('mammoth');
  try {
    const { value } = await mammoth.extractRawText({ buffer: Buffer.from(bytes) });
    return [record({ key: '', title: name, text: clean(value) })];
  } catch (cause) {
    throw new UnreadableDocument('It is not a Word document that can be read.', { cause });
  }
}

/** A PDF → its text, page by page; of very long ones the first pages. */
export async function readPdf(name: string, bytes: Uint8Array): Promise<DocumentRecord[]> {
  checkPdfSize(bytes, PDF_UNPACKED_BYTES_MAX);
  const { getDocumentProxy } = await import('unpdf');
  let document: Awaited<ReturnType<typeof getDocumentProxy>>;
  try {
    document = await getDocumentProxy(new Uint8Array(bytes), { verbosity: 0 });
  } catch (cause) {
    throw new UnreadableDocument(
      cause instanceof Error && cause.name === 'PasswordException'
        ? 'It is locked with a password.'
        : 'It is not a PDF that can be read.',
      { cause },
    );
  }
  const pages: string[] = [];
  let length = 0;
  for (let number = 1; number <= Math.min(document.numPages, PAGES_MAX) && length < TEXT_CHARS_MAX; number++) {
    const page = await document.getPage(number);
    const { items } = await page.getTextContent();
    const text = items.map((item) => ('str' in item ? `${item.str}${item.hasEOL ? '\n' : ' '}` : '')).join('');
    page.cleanup();
    pages.push(text.replaceAll(/ +/g, ' ').trim());
    length += text.length;
  }
  const isWhole = pages.length === document.numPages;
  const metadata = { pages: document.numPages, ...(isWhole ? {} : { pages_read: pages.length }) };
  const text = clean(pages.join('\n\n'));
  if (text.trim() === '') throw new UnreadableDocument('It holds no text (scanned pages are pictures).');
  return [record({ key: '', title: name, text, metadata })];
}

function clean(text: string): string {
  return text.replaceAll('\0', ' ').toWellFormed();
}
