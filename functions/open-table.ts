import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientOptions } from '../lib/adapters/aws/client-options.ts';
import { documentClient } from '../lib/adapters/aws/document-client.ts';
import { dynamodbBulkJobs } from '../lib/adapters/aws/dynamodb-bulk-jobs.ts';
import { dynamodbCatalogue } from '../lib/adapters/aws/dynamodb-catalogue.ts';
import { config } from './config.ts';

export const openTable = (name: string, options = clientOptions) => {
  const client = documentClient(new DynamoDBClient(options));
  return { catalogue: dynamodbCatalogue(client, name, config.retention), jobs: dynamodbBulkJobs(client, name) };
};
