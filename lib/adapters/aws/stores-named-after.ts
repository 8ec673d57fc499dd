import { DynamoDBClient, paginateListTables } from '@aws-sdk/client-dynamodb';
import { paginateListBuckets, S3Client } from '@aws-sdk/client-s3';
import type { Whereabouts } from './whereabouts.ts';

/** The tables and buckets that a stack of this name has, or had before it was deleted. */
export const storesNamedAfter = async (where: Whereabouts, stackName: string): Promise<readonly string[]> => [
  ...(await tablesOf(where, stackName)),
  ...(await bucketsOf(where, stackName)),
];

const tablesOf = async (where: Whereabouts, name: string): Promise<readonly string[]> => {
  const found: string[] = [];
  for await (const { TableNames = [] } of paginateListTables({ client: new DynamoDBClient(where) }, {}))
    found.push(...TableNames.filter((table) => table.startsWith(`${name}-ImagesCatalogueTable`)));
  return found;
};

const bucketsOf = async (where: Whereabouts, name: string): Promise<readonly string[]> => {
  const found: string[] = [];
  const Prefix = `${name.toLowerCase()}-images`;
  for await (const { Buckets = [] } of paginateListBuckets({ client: new S3Client(where) }, { Prefix }))
    found.push(...Buckets.flatMap(({ Name }) => (Name?.startsWith(Prefix) ? Name : [])));
  return found;
};
