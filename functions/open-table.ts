import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { documentClient } from '../lib/adapters/aws/document-client.ts';
import { dynamodbCatalogue } from '../lib/adapters/aws/dynamodb-catalogue.ts';
import { patience } from '../lib/adapters/aws/patience.ts';

export const openTable = (name: string) => dynamodbCatalogue(documentClient(new DynamoDBClient(patience)), name);
