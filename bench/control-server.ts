import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fastify from 'fastify';

// The bare control: one route, one prepared statement, nothing else.
const database = new DatabaseSync(join(process.env.GUILDHALL_DATA ?? '.', 'control.sqlite'));
database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
  create table if not exists tasks (number integer primary key, title text, description text, kind text, priority integer, state text, created_at integer)`);
const begin = database.prepare('BEGIN IMMEDIATE');
const commit = database.prepare('COMMIT');
const insert = database.prepare(
  'insert into tasks (title, description, kind, priority, state, created_at) values (?, ?, ?, ?, ?, ?) returning *',
);
const list = database.prepare('select * from tasks order by number desc limit 50');

const app = fastify();
app.post('/tasks', async (request, reply) => {
  const { title } = request.body as { title: string };
  begin.run();
  const [row] = insert.all(title, '', 'general', 50, 'queued', Date.now());
  commit.run();
  return reply.code(201).send(row);
});
app.get('/tasks', async () => list.all());
process.stdout.write(`ready at ${await app.listen({ host: '127.0.0.1', port: 0 })}\n`);
process.on('SIGTERM', () => process.exit(0));
