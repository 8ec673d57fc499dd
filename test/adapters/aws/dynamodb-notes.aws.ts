import { expect, test } from '@jest/globals';
import { dynamodbNotes } from '../../../lib/adapters/aws/dynamodb-notes.ts';
import { dynamo, newTable } from '../../system/aws/emulated.ts';

test('A note in a table is what was written last, and nothing before that', async () => {
  const client = dynamo();
  const notes = dynamodbNotes(client, await newTable(client));
  expect(await notes.read('one')).toBeUndefined();
  await notes.write('one', 'first');
  await notes.write('other', 'else');
  await notes.write('one', 'last');
  expect(await notes.read('one')).toBe('last');
  client.destroy();
});
