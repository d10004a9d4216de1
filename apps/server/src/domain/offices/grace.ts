/** For so long a closed office can be opened again; then it is erased. */
export const GRACE_MS = 30 * 86_400_000;
