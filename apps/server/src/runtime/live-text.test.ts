import { ApiClient, openModelServer } from '@guildhall/testing';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { type App, openApp } from '../app.ts';
import { openTestApp } from '../testing/test-app.ts';

const REPLY = 'The launch is on the third of May, and somebody should bring a cake. '.repeat(80);

/** Reads frames until one of `event` satisfies `isLast`; returns all that came. */
async function readFrames(url: string, key: string, isLast: (frame: Frame) => boolean): Promise<Frame[]> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
  const frames: Frame[] = [];
  let rest = '';
  for await (const chunk of response.body ?? []) {
    rest += new TextDecoder().decode(chunk);
    const parts = rest.split('\n\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(part)?.[1];
      if (field('data') === undefined) continue;
      const frame = { id: field('id'), event: field('event') ?? '', data: JSON.parse(field('data') ?? '{}') };
      frames.push(frame);
      // Leaving the loop cancels the body.
      if (isLast(frame)) return frames;
    }
  }
  return frames;
}

interface Frame {
  id: string | undefined;
  event: string;
  data: { text?: string; from_agent?: string; content?: string };
}

it('what an agent writes is heard as it writes it, in every process, without an id, and begins anew when the model breaks off', async () => {
  let asked = 0;
  const model = await openModelServer(() => {
    asked += 1;
    return asked === 1 ? { fault: 'broken' } : { text: REPLY };
  });
  const test = await openTestApp({
    supervise: true,
    environment: { ANTHROPIC_API_KEY: 'secret', ANTHROPIC_BASE_URL: model.anthropicUrl },
  });
  let second: App | undefined;
  try {
    const api = await ApiClient.open(test.url, '/api/v1/openapi.json');
    const tenant = await test.newTenant('live');
    const { office } = await test.newOffice(tenant);
    const base = `/api/v1/offices/${office.id}`;
    await api.call('POST', `${base}/employees`, { key: tenant.key, body: { name: 'aria', modelTier: 'haiku' } });
    let readerUrl = test.url;
    if (test.house.engine.kind === 'postgres') {
      const config = { ...test.config, runConcurrency: 0 };
      second = await openApp({ config, log: pino({ level: 'silent' }), version: 'second' });
      readerUrl = await second.http.listen({ host: '127.0.0.1', port: 0 });
    }
    const isReply = ({ event, data }: Frame) => event === 'direct_message' && data.from_agent === 'aria';
    const reading = readFrames(`${readerUrl}${base}/messages/stream?cursor=0&deltas=true`, tenant.key, isReply);
    const plain = readFrames(`${readerUrl}${base}/messages/stream?cursor=0`, tenant.key, isReply);
    await api.call('POST', `${base}/messages/send`, { key: tenant.key, body: { to: 'aria', content: 'when?' } });
    const frames = await reading;
    const deltas = frames.filter(({ event }) => event === 'message_delta');
    expect(deltas.every(({ id, data }) => id === undefined && data.from_agent === 'aria')).toBe(true);
    const lastBeginning = deltas.findLastIndex(({ data }) => data.text === '');
    expect(lastBeginning).toBeGreaterThan(0);
    const heard = deltas.slice(lastBeginning).map(({ data }) => data.text);
    expect(heard.join('').trim()).toBe(REPLY.trim());
    expect(heard.length).toBeGreaterThan(2);
    expect((await plain).some(({ event }) => event === 'message_delta')).toBe(false);
  } finally {
    await second?.close();
    await test.close();
    await model.close();
  }
});
