import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Notes } from '../../ports.ts';
import { noteItemKey } from './table.ts';

/** Each note is an item in the table. */
export const dynamodbNotes = (dynamo: DynamoDBDocumentClient, TableName: string): Notes => ({
  read: async (name) => {
    const { Item } = await dynamo.send(new GetCommand({ TableName, Key: noteItemKey(name), ConsistentRead: true }));
    return Item?.text as string | undefined;
  },
  write: async (name, text) => {
    await dynamo.send(new PutCommand({ TableName, Item: { ...noteItemKey(name), text } }));
  },
});
