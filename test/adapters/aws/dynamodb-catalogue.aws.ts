import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from '@jest/globals';
import { catalogueLists } from '../../../lib/adapters/aws/catalogue-lists.ts';
import { dynamodbCatalogue } from '../../../lib/adapters/aws/dynamodb-catalogue.ts';
import { begin, newVersion } from '../../../lib/core/image.ts';
import type { ListPosition } from '../../../lib/ports.ts';
import { catalogueContract } from '../../contracts/catalogue.ts';
import { dynamo, eventsIn, newTable } from '../../system/aws/emulated.ts';

catalogueContract('A table', async () => {
  const client = dynamo();
  const name = await newTable(client);
  return {
    catalogue: dynamodbCatalogue(client, name, { eventDays: 30 }),
    events: () => eventsIn(client, name),
    close: async () => client.destroy(),
  };
});

test('A write whose answer was lost, and which the SDK therefore repeats, counts as made; that of another caller does not', async () => {
  const client = dynamo();
  const name = await newTable(client);
  const send = client.send.bind(client) as (command: unknown) => Promise<unknown>;
  const repeating = new Proxy(client, {
    get: (target, field) =>
      field === 'send'
        ? async (command: unknown) => {
            const answer = await send(command);
            return command instanceof PutCommand || command instanceof UpdateCommand ? send(command) : answer;
          }
        : Reflect.get(target, field),
  });
  const [ours, others] = [repeating, client].map((one) => dynamodbCatalogue(one, name, { eventDays: 30 }));
  const id = 'a'.repeat(26);
  const original = { contentType: 'image/jpeg', bytes: 1, sha256: null, width: null, height: null } as const;
  const first = newVersion({ id, version: 1, source: 1, preset: 'web', original, expiresAt: null }, 1000);
  const image = { id, collection: null, filename: null, createdAt: 1000 };
  expect(await ours?.add(image, first)).toMatchObject({ id, version: 1, made: first });
  await expect(ours?.add(image, first)).rejects.toThrow('There is an image');
  const begun = begin(first, 2000);
  expect(await ours?.move(begun)).toBe(true);
  // The same move at the same moment, and yet of another renderer.
  expect(await others?.move(begun)).toBe(false);
  client.destroy();
});

test('A page that has looked at many images of which few belong in it ends early, and the next one goes on there', async () => {
  const client = dynamo();
  const name = await newTable(client);
  const catalogue = dynamodbCatalogue(client, name, { eventDays: 30 });
  const original = { contentType: 'image/jpeg', bytes: 1, sha256: null, width: null, height: null } as const;
  const ids = Array.from({ length: 12 }, (_, at) => String.fromCharCode(97 + at).repeat(26));
  for (const [at, id] of ids.entries()) {
    const first = newVersion({ id, version: 1, source: 1, preset: 'web', original, expiresAt: null }, at);
    await catalogue.add({ id, collection: null, filename: null, createdAt: at }, first);
    if (at % 6 === 0) await catalogue.move(begin(first, 2000));
  }
  const { list } = catalogueLists(client, name, 4);
  const pages: string[][] = [];
  let after: ListPosition | undefined;
  do {
    const page = await list({ statuses: ['processing'], limit: 2, after });
    pages.push(page.items.map(({ id }) => id));
    after = page.next;
  } while (after);
  expect(pages.flat()).toEqual([ids[6], ids[0]]);
  expect(pages.length).toBeGreaterThan(2);
  client.destroy();
});
