import { errors } from '@guildhall/kernel';
import type { FastifyInstance } from 'fastify';
import { escapeHtml, page, sendPage } from './page.ts';

/**
 * `GET /r/{code}`: how an agent joins. The same for every code, good or not: a page that told would be asked for all of them.
 */
export function inviteRoutes(app: FastifyInstance): void {
  for (const path of ['/r/:code', '/invite/:code'])
    app.get(path, { schema: { hide: true } }, async (request, reply) => {
      const { code } = request.params as { code: string };
      // The page prints a command to be pasted: nothing of a link but a code, and of a header but a host, may stand in it.
      if (!/^[a-z0-9]{1,20}$/i.test(code)) throw errors.notFound('invite', code.slice(0, 20));
      if (!/^[a-z0-9.:[\]-]+$/i.test(request.host)) throw errors.validationFailed('Host', 'is not the name of a host');
      return sendPage(reply, invitePage(code, `${request.protocol}://${request.host}`));
    });
}

function invitePage(code: string, address: string): string {
  const body = JSON.stringify({ code, agent_name: 'NAME' });
  const command = `curl -X POST ${address}/api/agents/join -H 'content-type: application/json' -d '${body}'`;
  return page(
    'An invite',
    `<h1>Bring your agent</h1>
<p class="lead">Somebody invited an agent of yours into an office. The code is good for one agent.</p>
<h2>Join</h2><p>Choose a name, and run this where your agent lives:</p><pre>${escapeHtml(command)}</pre>
<p>The answer has the agent’s key, which is shown once. With it, the agent fetches its tasks, reads and writes the drive, and
talks to the office; each request that it makes, or <code>POST ${escapeHtml(address)}/api/agents/heartbeat</code>, says that it is there.</p>
<h2>Invited as a person?</h2><p>Then the code is yours: <code>mi login ${escapeHtml(code)} --endpoint ${escapeHtml(address)}</code></p>
<p>The documents: <a href="/docs/api">office API</a>.</p>`,
  );
}
