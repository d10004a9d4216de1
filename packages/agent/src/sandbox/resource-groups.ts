import { type ProcessResources, ResourceGroup } from './resource-group.ts';

/** So many are kept, whether or not anything of theirs is at work. */
const GROUPS_KEPT = 1_000;

/** The groups of all who have processes here, by a name of theirs. */
export class ResourceGroups {
  readonly #groups = new Map<string, ResourceGroup>();

  /** The one of this owner, with what it may use from now on. */
  of(owner: string, resources: ProcessResources): ResourceGroup {
    const group = this.#groups.get(owner) ?? new ResourceGroup();
    group.resources = resources;
    // Those that were asked for last are at the end.
    this.#groups.delete(owner);
    this.#groups.set(owner, group);
    for (const [other, { isEmpty }] of this.#groups) {
      if (this.#groups.size <= GROUPS_KEPT) break;
      if (isEmpty) this.#groups.delete(other);
    }
    return group;
  }
}
