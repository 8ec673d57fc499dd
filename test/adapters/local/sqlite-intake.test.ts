import { openDatabase } from '../../../lib/adapters/local/database.ts';
import { sqliteCatalogue } from '../../../lib/adapters/local/sqlite-catalogue.ts';
import { sqliteIntake } from '../../../lib/adapters/local/sqlite-intake.ts';
import type { ImageEvent } from '../../../lib/core/events.ts';
import { intakeContract } from '../../contracts/intake.ts';

intakeContract('SQLite', async () => {
  const database = openDatabase(':memory:');
  return {
    catalogue: sqliteCatalogue(database),
    intake: sqliteIntake(database),
    events: async () =>
      database
        .prepare('SELECT event FROM events')
        .all()
        .map((row) => JSON.parse(String(row.event)) as ImageEvent),
    close: async () => database.close(),
  };
});
