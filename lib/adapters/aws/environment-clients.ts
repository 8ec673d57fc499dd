import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { documentClient } from './document-client.ts';

/** Clients for a command: with the credentials and the region of the environment, and the patience of the SDK. */
export const clientsOfEnvironment = () => ({ dynamo: documentClient(new DynamoDBClient()), s3: new S3Client() });
