import { dynamodbCatalogue } from '../../../lib/adapters/aws/dynamodb-catalogue.ts';
import { catalogueContract } from '../../contracts/catalogue.ts';
import { dynamo, eventsIn, newTable } from '../../system/aws/emulated.ts';

catalogueContract('A table', async () => {
  const client = dynamo();
  const name = await newTable(client);
  return {
    catalogue: dynamodbCatalogue(client, name, { eventDays: 30 }),
    events: () => eventsIn(client, name),
    close: async () => client.destroy(),
  };
});
