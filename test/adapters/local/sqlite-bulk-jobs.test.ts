import { expect, test } from '@jest/globals';
import { openDatabase } from '../../../lib/adapters/local/database.ts';
import { sqliteBulkJobs } from '../../../lib/adapters/local/sqlite-bulk-jobs.ts';
import { sqliteCatalogue } from '../../../lib/adapters/local/sqlite-catalogue.ts';
import { newBulkJob } from '../../../lib/core/bulk-job.ts';
import { newVersion } from '../../../lib/core/image.ts';
import { jobBookContract } from '../../contracts/bulk-jobs.ts';

jobBookContract('SQLite', async () => {
  const database = openDatabase(':memory:');
  return { jobs: sqliteBulkJobs(database), close: async () => database.close() };
});

test('a key under which an image was made may make a job as well, and the other way round', async () => {
  const database = openDatabase(':memory:');
  const [catalogue, jobs] = [sqliteCatalogue(database), sqliteBulkJobs(database)];
  const [at, id] = [1_790_000_000_000, 'a'.repeat(26)];
  const original = { contentType: 'image/jpeg', bytes: 9, sha256: null, width: null, height: null } as const;
  const first = newVersion({ id, version: 1, source: 1, preset: 'web', original, expiresAt: at }, at);
  const image = { id, collection: null, filename: null, createdAt: at };
  const job = newBulkJob({ id: 'b'.repeat(26), selection: { all: true }, preset: null, dryRun: false }, at);
  const claim = (key: string) => ({ key, fingerprint: key, expiresAt: at + 1000 });

  await catalogue.add(image, first, claim('k'));
  expect(await jobs.add(job, claim('k'))).toEqual({ job, fingerprint: 'k' });
  const [otherJob, otherImage] = [{ ...job, id: 'c'.repeat(26) }, 'd'.repeat(26)];
  await jobs.add(otherJob, claim('l'));
  const added = await catalogue.add({ ...image, id: otherImage }, { ...first, id: otherImage }, claim('l'));
  expect(added).toMatchObject({ id: otherImage, version: 1, fingerprint: 'l' });
  database.close();
});
