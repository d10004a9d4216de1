import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

export interface OwnPgvector {
  databaseUrl: string;
  stop(): Promise<void>;
}

/** A PostgreSQL with pgvector in this process, over its own wire protocol: for machines whose PostgreSQL has none. */
export async function openOwnPgvector(): Promise<OwnPgvector> {
  const db = await PGlite.create({ extensions: { vector } });
  const server = new PGLiteSocketServer({ db, host: '127.0.0.1', port: 0, maxConnections: 8 });
  const listening = new Promise<number>((resolve) => {
    server.addEventListener('listening', (event) => {
      const { port } = (event as CustomEvent<{ port: number }>).detail;
      resolve(port);
    });
  });
  await server.start();
  const port = await listening;
  return {
    databaseUrl: `postgres://postgres:postgres@127.0.0.1:${port}/postgres?sslmode=disable`,
    stop: async () => {
      await server.stop();
      await db.close();
    },
  };
}
