const TEXT_MAX = 200_000;

/** The readable text of an HTML page: its article when it has one, else everything that is shown. Scripts never run. */
export async function pageText(html: string): Promise<{ title: string; text: string }> {
  const { parseHTML } = await import('linkedom');
  const { Readability } = await import('@mozilla/readability');
  const source = html.slice(0, TEXT_MAX * 10);
  // A piece of a page has no body of its own.
  const { document } = parseHTML(/<body|<html/i.test(source) ? source : `<html><body>${source}</body></html>`);
  const title = document.querySelector('title')?.textContent?.trim() ?? '';
  for (const element of document.querySelectorAll('script, style, noscript, template, iframe')) element.remove();
  const whole = tidy(document.body?.textContent ?? document.documentElement?.textContent ?? '');
  try {
    // It changes the document it reads.
    const article = new Readability(document as never).parse();
    const text = tidy(article?.textContent ?? '');
    // A page that is a list or a form is no article: what is left of it then says too little.
    if (text.length > 200 && text.length > whole.length / 4) return { title: article?.title ?? title, text };
  } catch {
    // Nothing that it can read: the whole text serves.
  }
  return { title, text: whole };
}

function tidy(text: string): string {
  return text
    .replaceAll(/[^\S\n]+/g, ' ')
    .replaceAll(/ ?\n ?/g, '\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
    .slice(0, TEXT_MAX)
    .toWellFormed();
}
