import { openDatabase } from '../../../lib/adapters/local/database.ts';
import { sqliteJobBook } from '../../../lib/adapters/local/sqlite-job-book.ts';
import { jobBookContract } from '../../contracts/job-book.ts';

jobBookContract('SQLite', async () => {
  const database = openDatabase(':memory:');
  return { jobs: sqliteJobBook(database), close: async () => database.close() };
});
