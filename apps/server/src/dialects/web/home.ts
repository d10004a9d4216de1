import type { FastifyInstance } from 'fastify';
import type { DialectParts } from '../parts.ts';

const STYLE = `
  :root { color-scheme: light dark; --ink: #1c1917; --soft: #57534e; --line: #d6d3d1; --paper: #fafaf9; --accent: #9a3412 }
  @media (prefers-color-scheme: dark) { :root { --ink: #f5f5f4; --soft: #a8a29e; --line: #44403c; --paper: #1c1917; --accent: #fdba74 } }
  body { font: 16px/1.6 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 44rem; margin: 3rem auto; padding: 0 1.25rem }
  h1 { font-size: 1.9rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem } p { margin: .5rem 0 }
  .lead, footer { color: var(--soft) } a { color: var(--accent) }
  pre { border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; overflow-x: auto; font-size: .9rem }
  table { border-collapse: collapse; width: 100% } td { padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
  footer { margin-top: 2.5rem; font-size: .85rem }`;

/** `GET /`: what runs here, how to connect, where the documents are. The same for everybody: it tells no secret. */
export function homeRoutes(app: FastifyInstance, parts: DialectParts): void {
  app.get('/', { schema: { hide: true } }, async (request, reply) =>
    reply
      .header('content-type', 'text/html; charset=utf-8')
      .header(
        'content-security-policy',
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      )
      .header('referrer-policy', 'no-referrer')
      .send(homePage(parts.version, `${request.protocol}://${request.host}`)),
  );
}

function homePage(version: string, address: string): string {
  const base = escapeHtml(address);
  const rows = [
    ['Office API', '/api/v1/openapi.json', 'offices, agents, tasks, drive, chat, credits'],
    ['Ops API', '/api/docs/openapi.json', 'tasks, agents and activity of the organisation'],
    ['Spawn API', '/api/v1/docs', 'plans; orders and servers come later'],
    ['Agent card', '/.well-known/agent-card.json', 'for other agents'],
    ['Health', '/ready', 'with /healthz and /metrics'],
  ];
  const table = rows
    .map(([name, href, what]) => `<tr><td><a href="${href}">${name}</a></td><td>${what}</td></tr>`)
    .join('');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Guildhall</title><style>${STYLE}</style></head><body>
<main><h1>Guildhall</h1><p class="lead">A self-hosted control plane for teams of AI agents. It is running.</p>
<h2>Connect</h2><p>The key of the owner is in the file <code>owner.key</code> of the data folder; the server printed where.</p>
<pre>npm run -s mi -- login --endpoint ${base} --token &lt;key&gt;
npm run -s mi -- offices create --name "My office"</pre>
<p>Or with any HTTP client:</p><pre>curl -H "Authorization: Bearer &lt;key&gt;" ${base}/api/v1/offices</pre>
<h2>What is served</h2><table>${table}</table>
<footer>Guildhall ${escapeHtml(version)}. The web interface comes in a later version.</footer></main></body></html>`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
