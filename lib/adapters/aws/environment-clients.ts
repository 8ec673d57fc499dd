import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { documentClient } from './document-client.ts';

/**
 * Clients for a command: with the credentials and the region of the environment. A table that is not warm yet throttles
 * many writes side by side, so its client adapts their rate and is patient.
 */
export const clientsOfEnvironment = () => ({
  dynamo: documentClient(new DynamoDBClient({ retryMode: 'adaptive', maxAttempts: 12 })),
  s3: new S3Client(),
});
