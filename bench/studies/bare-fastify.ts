import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import Fastify from 'fastify';

// The least that a durable write over HTTP can cost here: one handler, one row, one sync to disk. And one read of it.

const database = new DatabaseSync(join(process.argv[2] ?? '.', 'bare.db'));
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
database.exec('CREATE TABLE images (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID');
const insert = database.prepare('INSERT INTO images (id, body) VALUES (?, ?)');
const select = database.prepare('SELECT body FROM images WHERE id = ?');

const server = Fastify();
server.post('/v1/images', async (request, reply) => {
  const id = randomBytes(16).toString('hex');
  insert.run(id, JSON.stringify(request.body));
  reply.code(201);
  return { id };
});
server.get<{ Params: { id: string } }>('/v1/images/:id', async ({ params }, reply) => {
  const row = select.get(params.id);
  reply.type('application/json');
  return row?.body;
});
process.on('SIGTERM', () => process.exit(0));
process.stdout.write(`${await server.listen({ host: '127.0.0.1', port: 0 })}\n`);
