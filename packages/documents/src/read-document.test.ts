import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readDocument, readMailbox, readSafely, UnreadableDocument } from './index.ts';

const bytes = (text: string) => Buffer.from(text);

describe('a document', () => {
  it('in whatever encoding it was written is read as text', async () => {
    const texts = await Promise.all(
      [
        Buffer.from('Grüße aus Köln'),
        Buffer.from('Grüße aus Köln', 'latin1'),
        Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('Grüße aus Köln', 'utf16le')]),
      ].map(async (content) => (await readDocument('a.txt', content))[0]?.text.replace('\ufeff', '')),
    );
    expect(texts).toEqual(['Grüße aus Köln', 'Grüße aus Köln', 'Grüße aus Köln']);
    expect((await readDocument('a.txt', Buffer.from([0x61, 0, 0x62, 0xff])))[0]?.text).not.toContain('\0');
  });

  it('of a page has its text and nothing of its scripts', async () => {
    const html =
      '<title>Tide &amp; time</title><style>p{}</style><script>steal("</p>")</script><p>High&nbsp;tide</p><p>at six<script>';
    expect(await readDocument('a.html', bytes(html))).toMatchObject([
      { title: 'Tide & time', text: expect.stringMatching(/^High tide\s+at six/) },
    ]);
    expect((await readDocument('a.html', bytes(html)))[0]?.text).not.toContain('steal');
  });

  it('of mail has who, when, the thread, and the names of what was attached', async () => {
    const mail = [
      'From: =?utf-8?q?J=C3=BCrgen?= <j@x.example>',
      'To: A <a@y.example>, b@y.example',
      'Subject: Re: Plan',
      'Date: Tue, 03 Mar 2026 10:00:00 +0100',
      'Message-ID: <2@x>',
      'References: <1@y>',
      'Content-Type: multipart/mixed; boundary=B',
      '',
      '--B',
      'Content-Type: text/html; charset=utf-8',
      '',
      '<p>Yes, <b>do</b> it.</p>',
      '--B',
      'Content-Type: application/pdf',
      'Content-Disposition: attachment; filename=plan.pdf',
      '',
      'x',
      '--B--',
      '',
    ].join('\r\n');
    expect(await readDocument('a.eml', bytes(mail))).toMatchObject([
      {
        title: 'Re: Plan',
        author: 'Jürgen <j@x.example>',
        at: Date.UTC(2026, 2, 3, 9),
        thread: '<1@y>',
        text: expect.stringMatching(/^Yes, do it\.[\s\S]*Attached: plan\.pdf$/),
        participants: [{ role: 'sent-by' }, { role: 'sent-to', address: 'a@y.example' }, { role: 'sent-to' }],
      },
    ]);
  });

  it('of conversations has their turns: ChatGPT by the branch that was kept, Claude, Slack with its threads', async () => {
    const chatGpt = [
      {
        id: 'c1',
        title: 'Trip',
        current_node: 'n3',
        mapping: {
          n1: { parent: null, message: null },
          n2: {
            parent: 'n1',
            message: {
              id: 'm2',
              author: { role: 'user' },
              create_time: 1_700_000_000,
              content: { parts: ['Where to?'] },
            },
          },
          n3: {
            parent: 'n2',
            message: {
              id: 'm3',
              author: { role: 'assistant' },
              create_time: 1_700_000_001,
              content: { parts: ['Porto.'] },
            },
          },
          n4: {
            parent: 'n2',
            message: {
              id: 'm4',
              author: { role: 'assistant' },
              content: { parts: ['An answer that was thrown away.'] },
            },
          },
        },
      },
    ];
    expect(await readDocument('conversations.json', bytes(JSON.stringify(chatGpt)))).toMatchObject([
      { key: 'm2', author: 'user', text: 'Where to?', thread: 'c1', title: 'Trip', at: 1_700_000_000_000 },
      { key: 'm3', author: 'assistant', text: 'Porto.' },
    ]);
    const claude = [
      {
        uuid: 'u',
        name: 'Talk',
        chat_messages: [{ uuid: 'x', sender: 'human', text: 'Hi', created_at: '2026-03-01T00:00:00Z' }],
      },
    ];
    expect(await readDocument('claude.json', bytes(JSON.stringify(claude)))).toMatchObject([
      { key: 'x', author: 'user', thread: 'u' },
    ]);
    const slack = [
      { type: 'message', ts: '1700000000.000100', user: 'U1', text: 'Lunch?', thread_ts: '1700000000.000100' },
      { type: 'message', ts: '1700000001.000200', user: 'U2', text: 'Yes', thread_ts: '1700000000.000100' },
    ];
    expect(await readDocument('export/general/2026-03-01.json', bytes(JSON.stringify(slack)))).toMatchObject([
      { thread: 'general', title: '#general' },
      { thread: 'general/1700000000.000100', author: 'U2' },
    ]);
    expect(await readDocument('other.json', bytes('{"a": 1}'))).toMatchObject([{ kind: 'file', text: '{"a": 1}' }]);
  });
});

describe('a mailbox', () => {
  it('is read mail by mail, whatever pieces it comes in, and broken mails do not end it', async () => {
    const text =
      'From a Mon\nMessage-ID: <1>\nSubject: one\n\n>From here\n\nFrom b Mon\nMessage-ID: <2>\nSubject: two\n\nFrom inside a line is no mail\n\nFrom c\n\n';
    const pieces = async function* () {
      for (let at = 0; at < text.length; at += 7) yield Buffer.from(text.slice(at, at + 7));
    };
    const mails = [];
    for await (const mail of readMailbox(pieces())) mails.push([mail.title, mail.text.trim()]);
    expect(mails.slice(0, 2)).toEqual([
      ['one', 'From here'],
      ['two', ''],
    ]);
  });
});

describe('a hostile file costs bounded time and memory, and is refused in words', () => {
  it('a ZIP that would unpack to gigabytes', async () => {
    await expect(readSafely('bomb.docx', zipBomb())).rejects.toThrow(/unpack to more than/);
  });

  it('a ZIP that lies about what it unpacks to', async () => {
    const lying = zipBomb(1_000);
    await expect(readSafely('bomb.docx', lying)).rejects.toThrow(UnreadableDocument);
  });

  it('rubbish under every name', async () => {
    const rubbish = Buffer.from(Array.from({ length: 20_000 }, (_, index) => (index * 7_919) % 251));
    for (const name of ['a.pdf', 'a.docx', 'a.ics', 'a.vcf', 'a.mbox'])
      await expect(readSafely(name, rubbish)).rejects.toThrow(UnreadableDocument);
    for (const name of ['a.html', 'a.json', 'a.csv', 'a.md']) expect(await readSafely(name, rubbish)).toHaveLength(1);
  });

  it('a page of a million nested elements, a line of a megabyte', async () => {
    const deep = `${'<div>'.repeat(300_000)}bottom${'</div>'.repeat(300_000)}`;
    expect((await readSafely('deep.html', bytes(deep)))[0]?.text).toBe('bottom');
    expect(await readSafely('open.html', bytes('<'.repeat(500_000)))).toMatchObject([{ kind: 'page' }]);
    expect(await readSafely('comment.html', bytes('<!--'.repeat(200_000)))).toMatchObject([{ kind: 'page', text: '' }]);
  });

  it('one that takes too long', async () => {
    await expect(readSafely('a.html', bytes('<p>x'), { timeoutMs: 1 })).rejects.toThrow(/longer than/);
  });

  it('a mail with a thousand parts in one another', async () => {
    const open = Array.from(
      { length: 1_000 },
      (_, level) => `Content-Type: multipart/mixed; boundary=B${level}\r\n\r\n--B${level}\r\n`,
    );
    await expect(readSafely('a.eml', bytes(`From: a@b.example\r\n${open.join('')}`))).rejects.toThrow(
      UnreadableDocument,
    );
  });
});

/** A ZIP with one entry of three gigabytes of nothing, or one that claims to be `claimed` bytes. */
function zipBomb(claimed = 3_000_000_000): Buffer {
  const data = deflateRawSync(Buffer.alloc(claimed > 10_000_000 ? 1_000 : 300_000_000));
  const name = Buffer.from('word/document.xml');
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04_03_4b_50, 0);
  local.writeUInt16LE(20, 4);
  local.writeUInt16LE(8, 8);
  local.writeUInt32LE(data.length, 18);
  local.writeUInt32LE(claimed, 22);
  local.writeUInt16LE(name.length, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02_01_4b_50, 0);
  central.writeUInt16LE(20, 4);
  central.writeUInt16LE(20, 6);
  central.writeUInt16LE(8, 10);
  central.writeUInt32LE(data.length, 20);
  central.writeUInt32LE(claimed, 24);
  central.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06_05_4b_50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length + name.length, 12);
  end.writeUInt32LE(local.length + name.length + data.length, 16);
  return Buffer.concat([local, name, data, central, name, end]);
}
