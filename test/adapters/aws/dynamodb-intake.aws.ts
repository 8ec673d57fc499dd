import { dynamodbCatalogue } from '../../../lib/adapters/aws/dynamodb-catalogue.ts';
import { dynamodbIntake } from '../../../lib/adapters/aws/dynamodb-intake.ts';
import { intakeContract } from '../../contracts/intake.ts';
import { dynamo, eventsIn, newTable } from '../../system/aws/emulated.ts';

intakeContract('A table', async () => {
  const client = dynamo();
  const name = await newTable(client);
  return {
    catalogue: dynamodbCatalogue(client, name, { eventDays: 30 }),
    intake: dynamodbIntake(client, name),
    events: () => eventsIn(client, name),
    close: async () => client.destroy(),
  };
});
