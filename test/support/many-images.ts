import { linkSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, openDatabase } from '../../lib/adapters/local/database.ts';
import { failures } from '../../lib/core/errors.ts';
import { versionPrefix } from '../../lib/core/object-keys.ts';
import { databaseFile } from '../../lib/local/home.ts';

// Rows and files that are written straight into the data folder of a service that is not running.

const letters = 'abcdefghijklmnopqrstuvwxyz234567';
const idOf = (number: number): string =>
  Array.from({ length: 26 }, (_, at) => letters[Math.floor(number / 32 ** (25 - at)) % 32]).join('');

const inCatalogue = (data: string, work: (database: Database) => void): void => {
  const database = openDatabase(join(data, databaseFile));
  database.exec('BEGIN');
  work(database);
  database.exec('COMMIT');
  database.close();
};

/** As many images as wanted, each as ready as the one that is there; their variants are links to its variants. */
export const copyImage = (data: string, id: string, count: number): void =>
  inCatalogue(data, (database) => {
    const image = database.prepare('SELECT * FROM images WHERE id = ?').get(id);
    const version = database.prepare('SELECT * FROM versions WHERE id = ?').get(id);
    const body = JSON.parse(String(version?.body)) as object;
    const addImage = database.prepare(
      'INSERT INTO images (id, filename, created_at, newest, visible, status) VALUES (?, ?, ?, 1, 1, ?)',
    );
    const addVersion = database.prepare(
      "INSERT INTO versions (id, version, status, revision, updated_at, body) VALUES (?, 1, 'ready', ?, ?, ?)",
    );
    const createdAt = Number(image?.created_at);
    const folderOf = (one: string): string => join(data, 'public', versionPrefix({ id: one, version: 1 }));
    const files = readdirSync(folderOf(id));
    for (let number = 1; number < count; number++) {
      const copy = idOf(number);
      const name = `picture ${String(number).padStart(5, '0')}.jpg`;
      addImage.run(copy, name, createdAt - 1000 * number, 'ready');
      const { revision = 0, updated_at: updatedAt = 0 } = version ?? {};
      addVersion.run(copy, revision, updatedAt, JSON.stringify({ ...body, id: copy }));
      mkdirSync(folderOf(copy), { recursive: true });
      for (const file of files) linkSync(join(folderOf(id), file), join(folderOf(copy), file));
    }
  });

/** As if the machine had failed three times to make this version. */
export const giveUp = (data: string, id: string): void =>
  inCatalogue(data, (database) => {
    const row = database.prepare('SELECT body FROM versions WHERE id = ?').get(id);
    const {
      rendering: _rendering,
      readyAt: _readyAt,
      spent: _spent,
      ...body
    } = JSON.parse(String(row?.body)) as Record<string, unknown>;
    const error = { code: 'gave-up', message: failures['gave-up'] };
    const failed = JSON.stringify({ ...body, status: 'failed', error });
    database.prepare("UPDATE versions SET status = 'failed', body = ? WHERE id = ?").run(failed, id);
    database.prepare("UPDATE images SET status = 'failed', visible = NULL WHERE id = ?").run(id);
  });
