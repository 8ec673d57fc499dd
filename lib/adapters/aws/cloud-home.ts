import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import type { CloudHome } from '../../ports.ts';
import { documentClient } from './document-client.ts';
import { dynamodbCatalogue } from './dynamodb-catalogue.ts';
import { dynamodbIntake } from './dynamodb-intake.ts';
import { s3ObjectStore } from './s3-object-store.ts';
import type { Whereabouts } from './whereabouts.ts';

/** The AWS home of a stack, found by the outputs of the stack. */
export const cloudHome = async (
  where: Whereabouts,
  stackName: string,
  retention: { readonly eventDays: number },
): Promise<CloudHome> => {
  const { Stacks = [] } = await new CloudFormationClient(where).send(
    new DescribeStacksCommand({ StackName: stackName }),
  );
  const outputs = new Map(Stacks[0]?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  const output = (name: string): string => {
    const value = outputs.get(name);
    if (value === undefined) throw new Error(`the stack ${stackName} has no output ${name}`);
    return value;
  };
  const [s3, dynamo] = [new S3Client(where), documentClient(new DynamoDBClient(where))];
  return {
    place: `aws:${stackName}`,
    originals: s3ObjectStore(s3, output('OriginalsBucket')),
    variants: s3ObjectStore(s3, output('VariantsBucket')),
    catalogue: dynamodbCatalogue(dynamo, output('Table'), retention),
    intake: dynamodbIntake(dynamo, output('Table')),
  };
};
