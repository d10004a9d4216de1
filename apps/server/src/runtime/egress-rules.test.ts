import { describe, expect, it } from 'vitest';
import { egressRulesIn, networkIn } from './egress-rules.ts';

describe('what agents of an office reach', () => {
  const settings = { network: 'open', private_hosts: ['git.lan:443', 'db.lan:5432'] };

  it('is what the office says where the operator leaves the network to offices', () => {
    expect(egressRulesIn(settings, 'any')).toEqual({ privateHosts: ['git.lan:443', 'db.lan:5432'] });
    expect(networkIn(settings, 'any')).toBe('open');
  });

  it('is never more than the operator lets offices open, whatever an office once set', () => {
    expect(egressRulesIn(settings, ['git.lan:443'])).toEqual({ privateHosts: ['git.lan:443'] });
    expect(networkIn(settings, ['git.lan:443'])).toBe('proxy');
    expect(networkIn({ network: 'off' }, [])).toBe('off');
    expect(networkIn({}, 'any')).toBe('off');
  });
});
