import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

describe('the configuration', () => {
  it('has a default for everything, and listens on loopback only', () => {
    expect(readConfig({})).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      databaseUrl: undefined,
      jwtSecret: undefined,
      hiresPerWindow: 3,
      hireWindowMs: 600_000,
    });
  });

  it('takes an empty value as unset', () => {
    expect(readConfig({ PORT: ' ', DATABASE_URL: '' })).toMatchObject({ port: 8080, databaseUrl: undefined });
  });

  it('names every bad value at once, with what would be right, and repeats no secret', () => {
    const attempt = () =>
      readConfig({
        PORT: '99999',
        DATABASE_URL: 'mysql://u:hunter2@x',
        GUILDHALL_LOG: 'loud',
        GUILDHALL_OFFICE_GRANT: 'much',
        JWT_SECRET: 'short',
      });
    expect(attempt).toThrowError(
      /PORT must be a whole number from 0 to 65535[\s\S]*DATABASE_URL must be a postgres[\s\S]*GUILDHALL_LOG must be one of[\s\S]*GUILDHALL_OFFICE_GRANT/,
    );
    expect(attempt).toThrowError(expect.objectContaining({ message: expect.not.stringMatching(/hunter2|short"/) }));
  });

  it.each([
    [{ GUILDHALL_EMBEDDER: 'onnx:/nowhere' }, /GUILDHALL_EMBEDDER must be onnx:<folder> with/],
    [{ GUILDHALL_EMBEDDER: 'openai:text-embedding-3-small' }, /GUILDHALL_EMBEDDER needs GUILDHALL_EMBEDDER_KEY/],
    [{ GUILDHALL_RERANKER: 'jina' }, /GUILDHALL_RERANKER needs GUILDHALL_RERANKER_URL/],
    [{ GUILDHALL_EXTRACTOR: 'gpt-5-mini' }, /GUILDHALL_EXTRACTOR needs GUILDHALL_EXTRACTOR_KEY/],
    [{ GUILDHALL_MODEL_FALLBACK: 'haiku,sonett' }, /GUILDHALL_MODEL_FALLBACK must be tiers/],
    [{ GUILDHALL_XMTP_ENV: 'production' }, /GUILDHALL_XMTP_FOLDER must be a folder with/],
    [{ GUILDHALL_TRUST_PROXY: 'maybe' }, /GUILDHALL_TRUST_PROXY must be the address/],
  ])('refuses what could not work: %j', (environment, problem) => {
    expect(() => readConfig(environment)).toThrowError(problem);
  });

  it('says a problem once, and takes what can work', () => {
    const twice = () => readConfig({ GUILDHALL_MODEL_BASE_URL: 'nope' });
    expect(twice).toThrowError(/^(?![\s\S]*GUILDHALL_MODEL_BASE_URL[\s\S]*GUILDHALL_MODEL_BASE_URL)/);
    const fine = {
      GUILDHALL_EMBEDDER: 'openai:m',
      GUILDHALL_EMBEDDER_URL: 'http://127.0.0.1:1/v1',
      GUILDHALL_MODEL_FALLBACK: 'sonnet, gpt-5.1',
      GUILDHALL_TRUST_PROXY: '10.0.0.1, 192.168.0.0/16, loopback',
    };
    expect(readConfig(fine).models.fallbackTiers).toEqual(['sonnet', 'gpt-5.1']);
  });

  it('refuses to be open to the network without being told how it is protected', () => {
    expect(() => readConfig({ HOST: '0.0.0.0' })).toThrowError(/GUILDHALL_TRUST_PROXY/);
    expect(readConfig({ HOST: '0.0.0.0', GUILDHALL_TRUST_PROXY: '10.0.0.1' }).host).toBe('0.0.0.0');
  });

  it('leaves its network to offices only where nobody else reaches the house, or the operator says so', () => {
    const others = { HOST: '0.0.0.0', GUILDHALL_TRUST_PROXY: '10.0.0.1' };
    expect(readConfig({}).privateHosts).toBe('any');
    expect(readConfig({ GUILDHALL_TRUST_PROXY: '127.0.0.1' }).privateHosts).toEqual([]);
    expect(readConfig(others).privateHosts).toEqual([]);
    expect(readConfig({ ...others, GUILDHALL_PRIVATE_HOSTS: 'git.lan:443, 10.0.0.7:8080' }).privateHosts).toEqual([
      'git.lan:443',
      '10.0.0.7:8080',
    ]);
    expect(() => readConfig({ GUILDHALL_PRIVATE_HOSTS: 'everything' })).toThrowError(/GUILDHALL_PRIVATE_HOSTS must be/);
  });
});
