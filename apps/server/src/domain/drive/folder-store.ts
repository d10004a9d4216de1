import type { Context } from '../context/index.ts';

/** `reports/2026/march.md` → `reports/2026`; empty at the top. */
export function folderOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('/')));
}

/** Makes the folders above a file, where they are not there. In the transaction of the file. */
export async function keepFoldersAbove(tx: Context, officeId: string, name: string): Promise<void> {
  const paths: string[] = [];
  for (let path = folderOf(name); path !== ''; path = folderOf(path)) paths.push(path);
  if (paths.length === 0) return;
  const created_at = tx.house.clock.now();
  await tx.db
    .insertInto('drive_folders')
    .values(paths.map((path) => ({ office_id: officeId, path, parent: folderOf(path), created_at })))
    .onConflict((conflict) => conflict.columns(['office_id', 'path']).doNothing())
    .execute();
}
