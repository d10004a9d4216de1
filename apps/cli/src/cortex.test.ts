import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MitosisClient } from '@guildhall/sdk';
import { eventually } from '@guildhall/testing';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OwnServer, openOwnServer } from './testing/own-server.ts';

/** The first page of the seed (mitosis-sdk-reference, READ THIS FIRST), as written. */
let own: OwnServer;
let office: string;
let folder: string;

beforeAll(async () => {
  own = await openOwnServer('mi_cortex_owner_key_0000001');
  office = JSON.parse((await own.mi('offices', 'create', '--name', 'memory')).stdout).id;
  folder = join(own.home, 'in');
  mkdirSync(folder);
});
afterAll(() => own.close());

const json = async (...args: string[]) => {
  const { code, stdout, stderr } = await own.mi(...args);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
};
const memory = () => new MitosisClient({ endpoint: own.endpoint, apiKey: own.key }).cortex(office);

describe('mi cortex', () => {
  it('ask, ask --json, recall, remember with sources, get and status', async () => {
    const first = await json(
      'cortex',
      'remember',
      'The Elmsund office opens in May.',
      '--office',
      office,
      '--agent',
      'me',
    );
    const derived = await json(
      ...['cortex', 'remember', 'Elmsund needs furniture by April.', '--office', office, '--agent', 'me'],
      ...['--kind', 'insight', '--confidence', '0.7', '--source', first.universal_id],
    );
    expect(derived).toMatchObject({ status: 'ok', embedded: true, derived_from_edges: 1 });
    const asked = await own.mi('cortex', 'ask', 'When does Elmsund open?', '--office', office);
    expect(asked.stdout).toContain(`[1] me`);
    expect(asked.stdout).toContain(first.universal_id);
    const raw = await json('cortex', 'ask', 'Elmsund furniture', '--office', office, '--limit', '1', '--json');
    expect(raw.results).toMatchObject([{ universal_id: derived.universal_id, kind: 'insight', confidence: 0.7 }]);
    const answer = await json('cortex', 'answer', 'Elmsund', '--office', office, '--include-raw');
    expect([answer.freshness.embed_coverage, answer.results[0].raw.text]).toEqual([1, expect.any(String)]);
    expect((await json('cortex', 'recall', 'furniture', '--office', office))[0]).toMatchObject({ source: 'agent' });
    expect((await json('cortex', 'get', first.universal_id, '--office', office)).raw_data.text).toBe(
      'The Elmsund office opens in May.',
    );
    expect(await json('cortex', 'status', '--office', office)).toMatchObject({
      memory_state: 'ready',
      graph_coverage: 1,
    });
    expect((await json('cortex', 'manifest', '--colony', office)).office_name).toBe('memory');
  });

  it('correct, history, why, forget, export, entities', async () => {
    const { universal_id: old } = await json('cortex', 'remember', 'The gate code is 1111.', '-o', office);
    const fixed = await json('cortex', 'correct', old, 'The gate code is 2222.', '-r', 'changed', '-o', office);
    expect(
      (await json('cortex', 'history', old, '-o', office)).map((one: { universal_id: string }) => one.universal_id),
    ).toEqual([old, fixed.universal_id]);
    expect(await json('cortex', 'why', 'gate code', fixed.universal_id, '-o', office)).toMatchObject({
      found: true,
      rank: 1,
    });
    expect(await json('cortex', 'forget', fixed.universal_id, '--dry-run', '-o', office)).toMatchObject({
      forgotten: 0,
    });
    expect((await json('cortex', 'forget', old, '-o', office)).forgotten).toBe(2);
    const path = join(own.home, 'export.jsonl');
    await json('cortex', 'export', '--output', path, '-o', office);
    expect(readFileSync(path, 'utf8')).not.toContain('gate code');
    expect((await json('cortex', 'entities', '-o', office)).length).toBeGreaterThan(0);
    expect((await own.mi('cortex', 'get', old, '-o', office)).code).toBe(1);
    expect((await own.mi('cortex', 'remember', 'x', '-c', '7', '-o', office)).code).toBe(2);
  });

  it('ingests a mailbox, a calendar, contacts, a page, a PDF and notes; again changes nothing', async () => {
    const reply = [
      'From x',
      'From: Sam Lee <sam@corp.example>',
      'Message-ID: <reply@corp.example>',
      'In-Reply-To: <mail-7@north.example>',
      'Subject: Re: Invoice 7',
      '',
      'A reply about invoice seven.',
      '',
      '',
    ].join('\r\n');
    writeFileSync(join(folder, 'box.mbox'), mailbox(30) + reply);
    writeFileSync(join(folder, 'cal.ics'), CALENDAR);
    writeFileSync(
      join(folder, 'people.vcf'),
      'BEGIN:VCARD\r\nVERSION:4.0\r\nUID:c1\r\nFN:Ines Roca\r\nEMAIL:ines@x.example\r\nEND:VCARD\r\n',
    );
    writeFileSync(
      join(folder, 'page.html'),
      '<html><head><title>Tides</title></head><body><script>evil()</script><p>High tide is at six.</p></body></html>',
    );
    writeFileSync(join(folder, 'paper.pdf'), pdf('The lighthouse keeper is Tomas Rehn.'));
    const first = await json('cortex', 'ingest', folder, '--office', office);
    expect(first).toMatchObject({ status: 'ok', files: 5, items: 35, ingested: 34, uploaded: 1, unreadable: [] });
    expect(await json('cortex', 'ingest', folder, '--office', office)).toMatchObject({
      ingested: 0,
      updated: 0,
      unchanged: 34,
    });
    const best = async (query: string) => (await memory().answer({ query })).results[0];
    expect(await best('invoice number 17')).toMatchObject({
      author: 'Runa Berg <runa@north.example>',
      source_table: 'integration_feed',
    });
    const answered = (await best('reply about invoice seven'))?.universal_id ?? '';
    expect((await memory().get(answered)).edges).toContainEqual({
      from: answered,
      kind: 'replied-to',
      to: 'ext_mail.integration_feed:<mail-7@north.example>',
    });
    expect(await best('kick-off room')).toMatchObject({ kind: 'event', time: '2026-03-10T14:00:00.000Z' });
    expect(await best('Ines Roca')).toMatchObject({ kind: 'contact' });
    expect((await best('high tide'))?.preview).toBe('High tide is at six.');
    expect(await best('lighthouse keeper')).toMatchObject({
      source_table: 'drive_files',
      title: `ingested${folder}/paper.pdf`,
    });
  });

  it('reads a vault, leaves out what the editor keeps there, and takes changes in', async () => {
    const vault = join(own.home, 'My Vault');
    mkdirSync(join(vault, '.obsidian'), { recursive: true });
    mkdirSync(join(vault, 'trips'));
    writeFileSync(join(vault, '.obsidian', 'app.md'), 'settings');
    writeFileSync(join(vault, 'trips', 'porto.md'), '# Porto\n\nWe stayed at the Albatros.');
    expect(await json('cortex', 'sync-vault', vault, '-o', office)).toMatchObject({ files: 1, ingested: 1 });
    writeFileSync(join(vault, 'trips', 'porto.md'), '# Porto\n\nWe stayed at the Heron.');
    expect(await json('cortex', 'sync-vault', vault, '-o', office)).toMatchObject({ updated: 1 });
    expect((await memory().answer({ query: 'where did we stay in Porto?' })).results[0]).toMatchObject({
      universal_id: `ext_vault_my_vault.integration_feed:${vault}/trips/porto.md`,
      preview: expect.stringContaining('Heron'),
    });
    const other = join(own.home, 'elsewhere', 'My Vault');
    mkdirSync(other, { recursive: true });
    writeFileSync(join(other, 'lima.md'), 'We stayed at the Condor.');
    await json('cortex', 'sync-vault', other, '-o', office);
    rmSync(join(vault, 'trips', 'porto.md'));
    writeFileSync(join(vault, 'new.md'), 'Nothing yet.');
    expect(await json('cortex', 'sync-vault', vault, '-o', office)).toMatchObject({ ingested: 1, removed: 1 });
    expect((await memory().answer({ query: 'Heron' })).results).toEqual([]);
    expect((await memory().answer({ query: 'Condor' })).results).toHaveLength(1);
    writeFileSync(join(vault, 'trips', 'porto.md'), 'We stayed at the Heron.');
    expect(await json('cortex', 'sync-vault', vault, '-o', office)).toMatchObject({ ingested: 1, forgotten: 0 });
  });

  it('killed half-way and run again, it ends with the same store', async () => {
    const path = join(own.home, 'long.mbox');
    writeFileSync(path, mailbox(900, 'long'));
    const program = fileURLToPath(new URL('./main.ts', import.meta.url));
    const child = spawn(process.execPath, [program, 'cortex', 'ingest', path, '-o', office], {
      env: own.environment,
      stdio: 'ignore',
    });
    const held = async () => {
      const ids = new Set<string>();
      for await (const { universal_id } of memory().export('ext_mail.integration_feed'))
        if (universal_id.includes('long-')) ids.add(universal_id);
      return ids.size;
    };
    await eventually('the first mails arrive', async () => ((await held()) > 0 ? true : undefined));
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await held()).toBeLessThan(900);
    const again = await json('cortex', 'ingest', path, '-o', office);
    expect(again.ingested + again.unchanged).toBe(900);
    expect(await held()).toBe(900);
  });

  it('keeps files of one name in two folders apart, and what was forgotten out until somebody says otherwise', async () => {
    const notes = ['north', 'south'].map((place) => {
      mkdirSync(join(own.home, place, 'papers'), { recursive: true });
      writeFileSync(join(own.home, place, 'papers', 'readme.md'), `The ${place} kiln is lit.`);
      return join(own.home, place, 'papers');
    });
    for (const path of notes)
      expect(await json('cortex', 'ingest', path, '-o', office)).toMatchObject({ ingested: 1, updated: 0 });
    const [hit] = (await memory().answer({ query: 'north kiln' })).results;
    expect(hit?.preview).toContain('north');
    await json('cortex', 'forget', hit?.universal_id ?? '', '-o', office);
    expect(await json('cortex', 'ingest', ...notes, '-o', office)).toMatchObject({ unchanged: 1, forgotten: 1 });
    expect(await json('cortex', 'ingest', ...notes, '--include-forgotten', '-o', office)).toMatchObject({
      ingested: 1,
      forgotten: 0,
    });
  });

  it('a mail is one mail, in a file of its own and in a mailbox', async () => {
    const mail = 'From: Ida <ida@x.example>\r\nMessage-ID: <once@x>\r\nSubject: Kayak\r\n\r\nThe kayak leaks.\r\n';
    writeFileSync(join(own.home, 'one.eml'), mail);
    writeFileSync(join(own.home, 'one.mbox'), `From x\r\n${mail}\r\n`);
    const paths = [join(own.home, 'one.eml'), join(own.home, 'one.mbox')];
    expect(await json('cortex', 'ingest', ...paths, '-o', office)).toMatchObject({ items: 2, ingested: 1 });
    expect(await json('cortex', 'ingest', ...paths, '-o', office)).toMatchObject({ ingested: 0, updated: 0 });
  });

  it('says what a source lacks, and what an address looks like', async () => {
    const tried = async (address: string) => {
      const { code, stderr } = await own.mi('cortex', 'sync', address, '-o', office);
      return [code, stderr];
    };
    expect(await tried('bogus')).toEqual([1, expect.stringContaining('imaps://user@host')]);
    expect(await tried('imaps://me@127.0.0.1')).toEqual([1, expect.stringContaining('SOURCE_PASSWORD')]);
    expect(await tried('http://127.0.0.1:1/calendar.ics')).toEqual([1, expect.stringContaining('does not answer')]);
  });

  it('says which file cannot be read and why, and reads the others', async () => {
    const broken = join(own.home, 'broken');
    mkdirSync(broken);
    writeFileSync(join(broken, 'a.ics'), 'this is no calendar');
    writeFileSync(join(broken, 'b.md'), 'A readable note about herons.');
    writeFileSync(join(broken, 'c.docx'), 'no Word');
    writeFileSync(join(broken, 'd.mbox'), 'no mail');
    writeFileSync(join(broken, 'e.md'), '');
    const { code, stdout } = await own.mi('cortex', 'ingest', broken, '-o', office);
    expect([code, JSON.parse(stdout)]).toMatchObject([
      1,
      {
        ingested: 1,
        uploaded: 0,
        unreadable: [
          { file: 'broken/a.ics', reason: expect.stringContaining('calendar') },
          { file: 'broken/c.docx', reason: expect.stringContaining('ZIP') },
          { file: 'broken/d.mbox', reason: 'It holds no mail.' },
          { file: 'broken/e.md', reason: 'It is empty.' },
        ],
      },
    ]);
  });
});

it('the TypeScript loop: answer, forAgent, ask, remember', async () => {
  const client = new MitosisClient({ endpoint: own.endpoint, apiKey: own.key });
  const { results } = await client.cortex(office).answer(office, { query: 'Elmsund' });
  const agent = client.cortex(office).forAgent(office, 'scout');
  const kept = await agent.remember('Elmsund is worth a visit.', {
    sources: results.map((hit) => hit.universal_id),
    kind: 'insight',
  });
  expect(kept.linked_sources).toBe(results.length);
  expect((await agent.ask('Elmsund visit')).results[0]?.universal_id).toBe(kept.universal_id);
});

describe('mi-cortex-mcp', () => {
  const server = fileURLToPath(new URL('./mi-cortex-mcp.ts', import.meta.url));
  const connect = async (env: Record<string, string>) => {
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [server],
        env: { ...own.environment, ...env },
        stderr: 'pipe',
      }),
    );
    return client;
  };

  it('is what the seed registers: the office and the agent from the environment', async () => {
    const client = await connect({ OFFICE_ID: office, AGENT_NAME: 'scribe', OM_ENDPOINT: own.endpoint });
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['cortex_ask', 'cortex_remember', 'cortex_freshness']),
    );
    const kept = await client.callTool({ name: 'cortex_remember', arguments: { text: 'The piano is out of tune.' } });
    const asked = await client.callTool({ name: 'cortex_ask', arguments: { question: 'piano' } });
    const first = (kept.content as { text: string }[])[0]?.text ?? '';
    expect(JSON.parse((asked.content as { text: string }[])[0]?.text ?? '').results[0]).toMatchObject({
      universal_id: JSON.parse(first).universal_id,
      author: 'scribe',
    });
    const { universal_id } = JSON.parse(first) as { universal_id: string };
    const given: Record<string, object> = {
      cortex_ask: { question: 'piano' },
      cortex_recall: { query: 'piano' },
      cortex_remember: { text: 'The piano is black.' },
      cortex_get: { universal_id },
      cortex_correct: { universal_id, text: 'The piano is in tune.', reason: 'tuned' },
      cortex_forget: { universal_ids: [universal_id] },
      cortex_why: { query: 'piano', universal_id },
      cortex_choose_enrichment: { mode: 'standard' },
      cortex_ingest: { filename: 'a.txt', content: 'A note.' },
      cortex_ingest_conversation: { turns: [{ role: 'user', text: 'Hi' }], session_id: 's' },
    };
    const ajv = new Ajv({ strict: true });
    for (const { name, inputSchema } of tools) {
      const { $schema: _, ...schema } = inputSchema;
      expect([name, ajv.validate(schema, given[name] ?? {}), ajv.validate(schema, 7)]).toEqual([name, true, false]);
      const answer = await client.callTool({ name, arguments: { ...given[name] } });
      expect([name, answer.isError === true, answer.content]).toEqual([
        name,
        false,
        [{ type: 'text', text: expect.any(String) }],
      ]);
    }
    await client.close();
  });

  it('starts where nothing is configured, and its tools say what is missing', async () => {
    const client = await connect({ HOME: join(own.home, 'nobody') });
    const answer = await client.callTool({ name: 'cortex_ask', arguments: { question: 'piano' } });
    expect(answer).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('mi login') }] });
    await client.close();
  });
});

describe('mi connect', () => {
  it('writes rule and server for every tool, again changes nothing, disconnect leaves what was there before', async () => {
    const project = join(own.home, 'project');
    mkdirSync(project);
    writeFileSync(join(project, 'CLAUDE.md'), '# Mine\n\nUse tabs.\n');
    writeFileSync(
      join(project, '.mcp.json'),
      '{\n  "mcpServers": {\n    "other": {\n      "command": "x"\n    }\n  }\n}\n',
    );
    const before = [readFileSync(join(project, 'CLAUDE.md'), 'utf8'), readFileSync(join(project, '.mcp.json'), 'utf8')];
    const files = (...args: string[]) => json(...args, '--project-dir', project, '-o', office);
    const planned = await files('connect', '--dry-run');
    expect([
      planned.every((row: { outcome: string }) => row.outcome === 'written'),
      existsSync(join(project, 'AGENTS.md')),
    ]).toEqual([true, false]);
    await files('connect');
    const config = JSON.parse(readFileSync(join(project, '.mcp.json'), 'utf8'));
    expect(config.mcpServers['cortex-memory'].env).toEqual({
      OFFICE_ID: office,
      OM_ENDPOINT: own.endpoint,
      AGENT_NAME: 'claude-code',
    });
    expect(config.mcpServers.other).toEqual({ command: 'x' });
    expect(readFileSync(join(own.home, '.codex', 'config.toml'), 'utf8')).toContain('[mcp_servers.cortex-memory]');
    expect(readFileSync(join(project, 'CLAUDE.md'), 'utf8')).toContain('cortex_ask');
    const { command, args, env } = config.mcpServers['cortex-memory'];
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(
      new StdioClientTransport({ command, args, env: { ...own.environment, ...env }, stderr: 'pipe' }),
    );
    expect((await client.callTool({ name: 'cortex_status', arguments: {} })).isError).not.toBe(true);
    await client.close();
    expect((await files('connect')).every((row: { outcome: string }) => row.outcome === 'unchanged')).toBe(true);
    await files('disconnect');
    expect([
      readFileSync(join(project, 'CLAUDE.md'), 'utf8').trimEnd(),
      readFileSync(join(project, '.mcp.json'), 'utf8'),
    ]).toEqual([before[0]?.trimEnd(), before[1]]);
    expect([existsSync(join(project, 'AGENTS.md')), existsSync(join(project, '.cursor', 'mcp.json'))]).toEqual([
      false,
      false,
    ]);
  });

  it('does not touch a configuration that it cannot read', async () => {
    const project = join(own.home, 'comments');
    mkdirSync(project);
    writeFileSync(join(project, '.mcp.json'), '{ // mine\n}\n');
    const { code, stderr } = await own.mi('connect', '-c', 'claude-code', '--project-dir', project, '-o', office);
    expect([code, stderr, readFileSync(join(project, '.mcp.json'), 'utf8')]).toEqual([
      1,
      expect.stringContaining('not plain JSON'),
      '{ // mine\n}\n',
    ]);
  });
});

function mailbox(count: number, name = 'mail'): string {
  const mails = Array.from({ length: count }, (_, index) =>
    [
      'From runa@north.example Mon Mar  2 09:00:00 2026',
      'From: Runa Berg <runa@north.example>',
      'To: Sam Lee <sam@corp.example>',
      `Subject: Invoice ${index}`,
      `Date: Mon, 02 Mar 2026 09:${String(index % 60).padStart(2, '0')}:00 +0000`,
      `Message-ID: <${name}-${index}@north.example>`,
      '',
      `This is about the invoice number ${index}.`,
      '>From here on it is yours.',
      '',
    ].join('\r\n'),
  );
  return `${mails.join('\r\n')}\r\n`;
}

const CALENDAR = `BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//t//t//EN\r
BEGIN:VEVENT\r
UID:e1\r
DTSTART:20260310T140000Z\r
DTEND:20260310T150000Z\r
SUMMARY:Kick-off\r
LOCATION:Room 4\r
ORGANIZER;CN=Runa Berg:mailto:runa@north.example\r
ATTENDEE;CN=Sam Lee:mailto:sam@corp.example\r
END:VEVENT\r
END:VCALENDAR\r
`;

/** The smallest PDF with a line of text. */
function pdf(text: string): Buffer {
  const stream = `BT /F1 18 Tf 20 100 Td (${text}) Tj ET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 200] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let body = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const at = body.length;
    body += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const start = body.length;
  const rows = offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  body += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF`;
  return Buffer.from(body, 'latin1');
}
