import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { sqliteOutbox } from '../adapters/local/sqlite-outbox.ts';
import { Unusable } from '../core/unusable.ts';
import { imageId } from '../messages.ts';
import { databaseFile, openHome } from './home.ts';

const request = z.object({
  since: z.iso.datetime({ offset: true, error: 'a time such as 2026-11-20T08:00:00Z' }),
  id: imageId.optional(),
});

/** Makes events due again; a service that is running delivers them at once. Resolves to how many. */
export const replay = (data: string, options: unknown, now: number): number => {
  const parsed = request.safeParse(options);
  if (!parsed.success)
    throw new Unusable(parsed.error.issues.map(({ path, message }) => `--${path.join()} takes ${message}.`).join('\n'));
  if (!existsSync(join(data, databaseFile)))
    throw new Unusable(`There is no Darkroom in ${data}. Set DARKROOM_DATA to the folder of the service.`);
  const { database } = openHome(data);
  const { since, id } = parsed.data;
  const marked = sqliteOutbox(database).replay({ since: Date.parse(since), id }, now);
  database.close();
  return marked;
};
