import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { lastResults, openModelServer, spokenTimes, temporaryFolder } from '@guildhall/testing';
import { expect, it } from 'vitest';

const KEY = 'mi_model_tour_owner_key_0001';

it('the README’s tour with a language model of one’s own: hire, ask, look at runs, stop everything and go on', async () => {
  const model = await openModelServer((request) =>
    spokenTimes(request) === 0
      ? { calls: [{ name: 'drive_list', input: {} }] }
      : { text: `The drive holds: ${lastResults(request).join()}` },
  );
  const home = await temporaryFolder();
  const server = spawn(process.execPath, [fileURLToPath(new URL('../../server/src/main.ts', import.meta.url))], {
    env: {
      PATH: process.env.PATH,
      GUILDHALL_DATA: join(home.path, 'data'),
      PORT: '0',
      GUILDHALL_OWNER_KEY: KEY,
      GUILDHALL_MODEL_BASE_URL: model.openAiUrl,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(server, 'exit');
  try {
    const [line] = (await once(server.stdout, 'data')) as [Buffer];
    const endpoint = /http:\/\/\S+/.exec(line.toString())?.[0] ?? '';
    const program = fileURLToPath(new URL('./main.ts', import.meta.url));
    const mi = async (...args: string[]) => {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--disable-warning=ExperimentalWarning', program, ...args],
        { env: { PATH: process.env.PATH, HOME: home.path, OS1_ENDPOINT: endpoint, MITOSIS_API_KEY: KEY } },
      );
      return stdout;
    };
    const json = async (...args: string[]) => JSON.parse(await mi(...args, '--json'));
    await mi('offices', 'create', '--name', 'tour');
    const [office] = await json('offices', 'list');
    expect(await json('agents', 'hire', '-n', 'mira', '-m', 'sonnet')).toMatchObject({ driver: 'model' });
    const reply = await json('send', office.id, 'mira', 'Which files are on the drive?', '--wait', '20');
    expect(reply.content).toContain('The drive holds');
    const [run] = await json('runs', 'list');
    expect(run).toMatchObject({ agent: 'mira', status: 'succeeded' });
    const followed = (await mi('runs', 'follow', run.id)).trim().split('\n');
    expect(followed.join('\n')).toContain('drive_list');
    expect((await json('agents', 'get', office.id, 'mira')).work).toMatchObject({
      status: 'idle',
      last_failure: null,
      tools: { count: expect.any(Number), tokens: expect.any(Number) },
    });
    expect(await json('attention')).toEqual([]);
    expect(await json('pause', '--all')).toMatchObject({ paused: true });
    await mi('send', office.id, 'mira', 'and now?');
    expect(await json('runs', 'list', '-s', 'queued')).toHaveLength(1);
    expect(await json('resume', '--all')).toMatchObject({ paused: false });
    const again = await json('send', office.id, 'mira', 'Which files are on the drive now?', '--wait', '20');
    expect(again.content).toContain('The drive holds');
  } finally {
    server.kill('SIGTERM');
    expect((await exited)[0]).toBe(0);
    await model.close();
    await home.remove();
  }
});
