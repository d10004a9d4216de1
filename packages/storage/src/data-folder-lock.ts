import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Takes the data folder for this process and returns the function that gives it back. The lock is SQLite's own file
 * lock, so the system releases it when the process dies, however it dies. Throws when another process holds it.
 */
export function lockDataFolder(folder: string): () => void {
  const database = new DatabaseSync(join(folder, 'server.lock'), { timeout: 0 });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw new Error(
      `Another Guildhall server is using the data folder ${folder}. Stop it, choose another folder with GUILDHALL_DATA, or share a PostgreSQL with DATABASE_URL.`,
      { cause },
    );
  }
  return () => database.close();
}
