import { claudeStandIn, openModelServer, spokenTimes } from '@guildhall/testing';
import { describe, expect, it } from 'vitest';
import { claudeCodeDriver } from './claude-code/claude-code-driver.ts';
import { lendCredential } from './model-gateway.ts';
import { message, openStage, tiers } from './testing/stage.ts';

const SECRET = 'sk-ant-api03-the-real-one';

describe('a lent credential', () => {
  it('opens the provider, shows its secret to nobody, and is worth nothing once it is given back', async () => {
    const model = await openModelServer(() => ({ text: 'hello' }));
    const real = { id: 'anthropic-1', provider: 'anthropic', secret: SECRET, baseUrl: model.anthropicUrl } as const;
    const { credential, close } = await lendCredential(real);
    try {
      expect(credential).toMatchObject({ id: 'anthropic-1', provider: 'anthropic' });
      expect(credential.secret).not.toContain('real');
      // Programs tell kinds of secrets apart by their beginning.
      expect(credential.secret.startsWith('sk-ant-api03-')).toBe(true);
      const ask = (key: string) =>
        fetch(`${credential.baseUrl}/messages`, {
          method: 'POST',
          headers: { 'x-api-key': key, 'content-type': 'application/json' },
          body: JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: 'hi' }] }),
        });
      const answer = await ask(credential.secret);
      expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('hello')]);
      expect(model.requests.map(({ key }) => key)).toEqual([SECRET]);
      expect((await ask('another')).status).toBe(401);
      expect((await ask(SECRET)).status).toBe(401);
      await close();
      await expect(ask(credential.secret)).rejects.toThrow();
    } finally {
      await model.close();
    }
  });

  it('is all that a program and its shell get to see', async () => {
    const stage = await openStage(
      (request) =>
        spokenTimes(request) === 0 ? { text: 'I am here, as somebody who answers at length.' } : { text: '' },
      { keys: [SECRET] },
    );
    try {
      const programs = {
        isSandboxed: false,
        start: stage.programs.start.bind(stage.programs),
        lend: lendCredential,
      };
      const options = { programs, path: claudeStandIn, pool: stage.pool, tiers, tierDefault: 'haiku' };
      const driver = claudeCodeDriver({ ...options, stepsMax: 5, silenceMs: 5_000 });
      expect(await driver.run(message, stage.host)).toMatchObject({ kind: 'reply' });
      expect(JSON.stringify(stage.programs.environments)).not.toContain(SECRET);
      expect(stage.server.requests.map(({ key }) => key)).toEqual([SECRET]);
    } finally {
      await stage.close();
    }
  });
});
