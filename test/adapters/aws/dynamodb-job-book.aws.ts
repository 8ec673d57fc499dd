import { dynamodbJobBook } from '../../../lib/adapters/aws/dynamodb-job-book.ts';
import { dynamo, newTable } from '../../aws/emulated.ts';
import { jobBookContract } from '../../contracts/job-book.ts';

jobBookContract('A table', async () => {
  const client = dynamo();
  return { jobs: dynamodbJobBook(client, await newTable(client)), close: async () => client.destroy() };
});
