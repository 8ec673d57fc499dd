import { openDatabase } from '../../../lib/adapters/local/database.ts';
import { sqliteCatalogue } from '../../../lib/adapters/local/sqlite-catalogue.ts';
import type { ImageEvent } from '../../../lib/core/events.ts';
import { catalogueContract } from '../../contracts/catalogue.ts';

catalogueContract('SQLite', async () => {
  const database = openDatabase(':memory:');
  return {
    catalogue: sqliteCatalogue(database),
    events: async () =>
      database
        .prepare('SELECT event FROM events ORDER BY sequence')
        .all()
        .map((row) => JSON.parse(String(row.event)) as ImageEvent),
    close: async () => database.close(),
  };
});
