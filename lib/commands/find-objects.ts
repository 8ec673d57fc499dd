import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ServedStore } from '../ports.ts';
import { bucketOf } from './bucket.ts';
import { endings, type FoundFile, pictureEndings } from './find-files.ts';
import { CommandEnd, type Shell } from './shell.ts';
import { countInWords } from './words.ts';

export const isBucket = (source: string): boolean => source.startsWith('s3://');

/** The pictures below `s3://bucket/path`, by their names; many buckets have names without an ending. */
export const findObjects = async (
  shell: Shell,
  source: string,
  endpoint = shell.variables.DARKROOM_OBJECTS_ENDPOINT,
): Promise<readonly FoundFile[]> => {
  const [, bucket, path = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(source) ?? [];
  const place = `s3://${bucket}`;
  const opened = bucket === undefined ? undefined : await bucketOf({ place, endpoint }, shell);
  if (!opened)
    throw new CommandEnd(
      'misused',
      `${source} is no bucket. Name one such as s3://pictures or s3://pictures/originals.`,
    );
  const prefix = path === '' || path.endsWith('/') ? path : `${path}/`;
  const found: FoundFile[] = [];
  let others = 0;
  try {
    for await (const { key, bytes, modifiedAt } of opened.objects.list(prefix)) {
      if (key.endsWith('/')) continue;
      if (!isPicture(key)) others++;
      else
        found.push({
          path: `${place}/${key}`,
          name: key.slice(prefix.length),
          bytes,
          modifiedMs: modifiedAt,
          remote: {
            state: `${endpoint ?? 'AWS'} ${bytes} ${modifiedAt}`,
            copyTo: (file) => copy(opened.objects, { key, bytes, address: `${place}/${key}` }, file),
          },
        });
    }
  } catch (cause) {
    throw unreadable(source, cause);
  }
  if (others > 0)
    shell.err.write(`${countInWords(others, 'object')} left out, whose names are not those of pictures\n`);
  if (found.length === 0)
    throw new CommandEnd(
      'failed',
      `${source} holds no picture. Name another path of the bucket, with objects that end in ${endings}, or have no ending.`,
    );
  return found;
};

const isPicture = (key: string): boolean => {
  const ending = extname(key).toLowerCase();
  return ending === '' || pictureEndings.has(ending);
};

type Wanted = { readonly key: string; readonly bytes: number; readonly address: string };

const copy = async (objects: ServedStore, { key, bytes, address }: Wanted, file: string): Promise<void> => {
  try {
    await pipeline(await objects.stream(key), createWriteStream(file));
  } catch (cause) {
    throw unreadable(address, cause);
  }
  if ((await stat(file)).size !== bytes)
    throw new CommandEnd('failed', `${address} changed while it was read. Run the command again.`);
};

const unreadable = (address: string, cause: unknown): CommandEnd =>
  new CommandEnd(
    'failed',
    `${address} cannot be read: ${cause instanceof Error ? `${cause.name}, ${cause.message}` : cause}. Check the name and --endpoint, and what the key may do.`,
    { cause },
  );
