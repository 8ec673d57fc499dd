import { dynamodbBulkJobs } from '../../../lib/adapters/aws/dynamodb-bulk-jobs.ts';
import { jobBookContract } from '../../contracts/bulk-jobs.ts';
import { dynamo, newTable } from '../../system/aws/emulated.ts';

jobBookContract('A table', async () => {
  const client = dynamo();
  return { jobs: dynamodbBulkJobs(client, await newTable(client)), close: async () => client.destroy() };
});
