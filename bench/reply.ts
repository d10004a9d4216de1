import { quantile, type Row } from './report.ts';
import { callServer, startServer } from './server-process.ts';

const MESSAGES = 300;

/** From sending a message to the event of the reply, over HTTP and SSE. */
export async function benchReply(): Promise<Row[]> {
  const server = await startServer();
  const office = await callServer<{ id: string }>(server, 'POST', '/api/v1/offices', { name: 'bench' });
  await callServer(server, 'POST', `/api/v1/offices/${office.id}/employees`, { name: 'aria' });
  const controller = new AbortController();
  const stream = await fetch(`${server.url}/api/v1/offices/${office.id}/messages/stream`, {
    headers: { authorization: `Bearer ${server.key}` },
    signal: controller.signal,
  });
  const replies = repliesOf(stream);
  const told = replies.next();
  await callServer(server, 'POST', `/api/v1/offices/${office.id}/messages/send`, {
    to: 'aria',
    content: 'remember that the launch is on 3 May',
  });
  await told;
  const times: number[] = [];
  for (let index = 0; index < MESSAGES; index++) {
    const sentAt = performance.now();
    await callServer(server, 'POST', `/api/v1/offices/${office.id}/messages/send`, {
      to: 'aria',
      content: 'when is the launch?',
    });
    await replies.next();
    times.push(performance.now() - sentAt);
  }
  controller.abort();
  await server.stop(true);
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  return [
    { what: 'message to reply event, p50', measured: ms(quantile(times, 0.5)), aim: '<= 30 ms' },
    { what: 'message to reply event, p99', measured: ms(quantile(times, 0.99)), aim: '<= 200 ms' },
  ];
}

async function* repliesOf(response: Response): AsyncGenerator<void> {
  let buffer = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    buffer += decoder.decode(chunk, { stream: true });
    for (let end = buffer.indexOf('\n\n'); end !== -1; end = buffer.indexOf('\n\n')) {
      if (buffer.slice(0, end).includes('"from_agent":"aria"')) yield;
      buffer = buffer.slice(end + 2);
    }
  }
}
