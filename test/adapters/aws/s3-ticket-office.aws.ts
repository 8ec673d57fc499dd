import { s3ObjectStore } from '../../../lib/adapters/aws/s3-object-store.ts';
import { s3TicketOffice } from '../../../lib/adapters/aws/s3-ticket-office.ts';
import { ticketOfficeContract } from '../../contracts/ticket-office.ts';
import { newBucket, presigningS3, s3 } from '../../system/aws/emulated.ts';

ticketOfficeContract('Presigned URLs of a bucket', async () => {
  const client = s3();
  const bucket = await newBucket(client);
  const store = s3ObjectStore(client, bucket);
  return {
    tickets: s3TicketOffice(presigningS3(), bucket, { now: Date.now }),
    stored: (key) => store.get(key),
    close: async () => client.destroy(),
    lacks: { algorithm: 'The emulator does not look at the name of the signing algorithm.' },
  };
});
