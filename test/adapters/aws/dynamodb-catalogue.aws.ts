import { dynamodbCatalogue } from '../../../lib/adapters/aws/dynamodb-catalogue.ts';
import { dynamo, eventsIn, newTable } from '../../aws/emulated.ts';
import { catalogueContract } from '../../contracts/catalogue.ts';

catalogueContract('A table', async () => {
  const client = dynamo();
  const name = await newTable(client);
  return {
    catalogue: dynamodbCatalogue(client, name, { eventDays: 30 }),
    events: () => eventsIn(client, name),
    close: async () => client.destroy(),
  };
});
