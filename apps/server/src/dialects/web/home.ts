import type { FastifyInstance } from 'fastify';
import type { DialectParts } from '../parts.ts';
import { escapeHtml, page, sendPage } from './page.ts';

/** `GET /`: what runs here, how to connect, where the documents are. The same for everybody: it tells no secret. */
export function homeRoutes(app: FastifyInstance, parts: DialectParts): void {
  app.get('/', { schema: { hide: true } }, async (request, reply) =>
    sendPage(reply, homePage(parts.version, `${request.protocol}://${request.host}`)),
  );
}

function homePage(version: string, address: string): string {
  const base = escapeHtml(address);
  const rows = [
    ['Office API', '/docs/api', 'offices, agents, tasks, drive, chat, credits; for programs: /api/v1/openapi.json'],
    ['Ops API', '/api/docs/openapi.json', 'tasks, agents and activity of the organisation'],
    ['Spawn API', '/api/v1/docs', 'plans; orders and servers come later'],
    ['Agent card', '/.well-known/agent-card.json', 'for other agents'],
    ['Health', '/ready', 'with /healthz and /metrics'],
  ];
  const table = rows
    .map(([name, href, what]) => `<tr><td><a href="${href}">${name}</a></td><td>${what}</td></tr>`)
    .join('');
  return page(
    'Guildhall',
    `<h1>Guildhall</h1><p class="lead">A self-hosted control plane for teams of AI agents. It is running.</p>
<h2>Connect</h2><p>The key of the owner is in the file <code>owner.key</code> of the data folder; the server printed where.</p>
<pre>npm run -s mi -- login --endpoint ${base} --token &lt;key&gt;
npm run -s mi -- offices create --name "My office"</pre>
<p>Or with any HTTP client:</p><pre>curl -H "Authorization: Bearer &lt;key&gt;" ${base}/api/v1/offices</pre>
<h2>What is served</h2><table>${table}</table>
<footer>Guildhall ${escapeHtml(version)}. The web interface comes in a later version.</footer>`,
  );
}
