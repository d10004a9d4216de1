import { expect, it } from 'vitest';
import { type GroupMember, ResourceGroup } from './resource-group.ts';
import { ResourceGroups } from './resource-groups.ts';

const MEGABYTE = 1_000_000;

function newMember(): GroupMember & { pauses: boolean[]; endedFor: string[] } {
  const pauses: boolean[] = [];
  const endedFor: string[] = [];
  return {
    pauses,
    endedFor,
    pause: (isPaused) => pauses.push(isPaused),
    end: (bound) => endedFor.push(bound),
  };
}

const sample = (cpuMs: number, memoryBytes = 0) => ({ cpuMs, memoryBytes, processes: 1 });

it('who holds the most is ended when all together hold too much', () => {
  const group = new ResourceGroup({ memoryBytesMax: 100 * MEGABYTE });
  const [small, large] = [newMember(), newMember()];
  group.look(large, sample(0, 70 * MEGABYTE));
  group.look(small, sample(0, 29 * MEGABYTE));
  expect(large.endedFor).toEqual([]);
  group.look(small, sample(0, 40 * MEGABYTE));
  expect([small.endedFor, large.endedFor]).toEqual([[], ['too_much_memory']]);
  group.leave(large);
  group.look(small, sample(0, 99 * MEGABYTE));
  expect(small.endedFor).toEqual([]);
});

it('what one of them uses beyond the share stops all, and those that come while it lasts', () => {
  const group = new ResourceGroup({ cores: 1 });
  const [busy, idle, late] = [newMember(), newMember(), newMember()];
  // What was used before the first look, as to get started, is not held against anybody.
  group.look(busy, sample(60_000));
  group.look(idle, sample(0));
  expect([busy.pauses, idle.pauses]).toEqual([[], []]);
  group.look(busy, sample(120_000));
  expect([busy.pauses, idle.pauses]).toEqual([[true], [true]]);
  group.leave(busy);
  group.look(late, sample(0));
  expect(late.pauses).toEqual([true]);
});

it('lets go on what was stopped when the share is taken away', () => {
  const group = new ResourceGroup({ cores: 1 });
  const member = newMember();
  group.look(member, sample(0));
  group.look(member, sample(60_000));
  group.resources = {};
  group.look(member, sample(120_000));
  expect(member.pauses).toEqual([true, false]);
});

it('is the same for all that one owner has at work, however many others there are', () => {
  const groups = new ResourceGroups();
  const group = groups.of('aria', { cores: 1 });
  const member = newMember();
  group.look(member, sample(0));
  for (let other = 0; other < 2_000; other++) groups.of(`agent-${other}`, {});
  expect(groups.of('aria', { cores: 2 })).toBe(group);
  expect(group.resources).toEqual({ cores: 2 });
});
