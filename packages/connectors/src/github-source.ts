import type { DocumentRecord } from '@guildhall/documents';
import { type Source, type SourceBatch, SourceUnavailable } from './source-batch.ts';

const PAGE = 100;
const TIMEOUT_MS = 30_000;

export interface GitHubOptions {
  /** `owner/name`. */
  repository: string;
  token?: string | undefined;
  /** For GitHub Enterprise. */
  baseUrl?: string | undefined;
}

interface Issue {
  number: number;
  title: string;
  body: string | null;
  html_url: string;
  state: string;
  user: { login: string } | null;
  labels: (string | { name?: string })[];
  updated_at: string;
  created_at: string;
  comments: number;
  pull_request?: unknown;
}

interface Comment {
  id: number;
  body: string | null;
  html_url: string;
  issue_url: string;
  user: { login: string } | null;
  created_at: string;
  updated_at: string;
}

/** Issues, pull requests and what was said about them, in the order they were changed. The cursor is the time of the last change. */
export function gitHubSource(options: GitHubOptions): Source {
  return async function* (cursor): AsyncIterable<SourceBatch> {
    const since = parseCursor(cursor);
    let done = 0;
    for await (const issues of pages<Issue>(options, 'issues', { state: 'all', since: since.issues })) {
      since.issues = issues.at(-1)?.updated_at ?? since.issues;
      done += issues.length;
      const records = issues.map((issue) => issueRecord(options.repository, issue));
      yield { records, cursor: JSON.stringify(since), done, whole: done };
    }
    for await (const comments of pages<Comment>(options, 'issues/comments', { since: since.comments })) {
      since.comments = comments.at(-1)?.updated_at ?? since.comments;
      done += comments.length;
      const records = comments.map((comment) => commentRecord(options.repository, comment));
      yield { records, cursor: JSON.stringify(since), done, whole: done };
    }
  };
}

function issueRecord(repository: string, issue: Issue): DocumentRecord {
  const labels = issue.labels.map((label) => (typeof label === 'string' ? label : (label.name ?? '')));
  const key = `${repository}#${issue.number}`;
  const author = issue.user?.login ?? '';
  return {
    key,
    kind: issue.pull_request === undefined ? 'issue' : 'pull-request',
    title: `${key} ${issue.title}`,
    text: `${issue.title}\n\n${issue.body ?? ''}`.trim(),
    author,
    thread: key,
    url: issue.html_url,
    at: Date.parse(issue.created_at),
    participants: author === '' ? [] : [{ name: author, role: 'sent-by' }],
    metadata: { state: issue.state, labels, updated_at: issue.updated_at },
  };
}

function commentRecord(repository: string, comment: Comment): DocumentRecord {
  const number = /\/issues\/(\d+)$/.exec(comment.issue_url)?.[1] ?? '';
  const author = comment.user?.login ?? '';
  return {
    key: `${repository}#${number}/${comment.id}`,
    kind: 'comment',
    title: `${repository}#${number}`,
    text: comment.body ?? '',
    author,
    thread: `${repository}#${number}`,
    url: comment.html_url,
    at: Date.parse(comment.created_at),
    participants: author === '' ? [] : [{ name: author, role: 'sent-by' }],
    metadata: {},
  };
}

function parseCursor(text: string): { issues: string; comments: string } {
  try {
    const { issues, comments } = JSON.parse(text) as Record<string, unknown>;
    if (typeof issues === 'string' && typeof comments === 'string') return { issues, comments };
  } catch {
    // None yet: the reading begins.
  }
  return { issues: '', comments: '' };
}

async function* pages<Row>(
  { repository, token, baseUrl = 'https://api.github.com' }: GitHubOptions,
  path: string,
  query: Record<string, string>,
): AsyncIterable<Row[]> {
  const parameters = new URLSearchParams({ sort: 'updated', direction: 'asc', per_page: String(PAGE) });
  for (const [name, value] of Object.entries(query)) if (value !== '') parameters.set(name, value);
  let next: string | undefined = `${baseUrl.replace(/\/+$/, '')}/repos/${repository}/${path}?${parameters}`;
  while (next !== undefined) {
    const response = await ask(next, token, repository);
    const rows = (await response.json()) as Row[];
    if (rows.length > 0) yield rows;
    const link: string = response.headers.get('link') ?? '';
    next = /<([^<>]+)>;\s*rel="next"/.exec(link)?.[1];
  }
}

async function ask(url: string, token: string | undefined, repository: string): Promise<Response> {
  const headers = {
    accept: 'application/vnd.github+json',
    'user-agent': 'guildhall',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  let response: Response;
  try {
    response = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (cause) {
    throw new SourceUnavailable('GitHub does not answer.', { cause });
  }
  if (response.ok) return response;
  await response.body?.cancel();
  const reset = Number(response.headers.get('x-ratelimit-reset'));
  if ((response.status === 403 || response.status === 429) && response.headers.get('x-ratelimit-remaining') === '0')
    throw new SourceUnavailable(
      `GitHub wants a pause until ${new Date(reset * 1000).toISOString()}; run the same again then. A token raises the limit.`,
    );
  if (response.status === 404)
    throw new SourceUnavailable(`There is no repository ${repository}, or the token may not see it.`);
  if (response.status === 401) throw new SourceUnavailable('GitHub refuses the token.');
  throw new SourceUnavailable(`GitHub answers with status ${response.status}.`);
}
