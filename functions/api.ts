import { randomBytes } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { patience } from '../lib/adapters/aws/patience.ts';
import { powertoolsLog } from '../lib/adapters/aws/powertools-log.ts';
import { presigning, s3TicketOffice } from '../lib/adapters/aws/s3-ticket-office.ts';
import { environments } from '../lib/environment.ts';
import { apiHandler } from '../lib/handlers/api.ts';
import { behindGateway } from '../lib/handlers/behind-gateway.ts';
import { config, release } from './config.ts';
import { openTable } from './open-table.ts';

const environment = environments.api.parse(process.env);
const clock = { now: Date.now };

export const handler = behindGateway(
  apiHandler({
    catalogue: openTable(environment.DARKROOM_TABLE),
    tickets: s3TicketOffice(new S3Client({ ...patience, ...presigning }), environment.DARKROOM_ORIGINALS, clock),
    clock,
    chance: { bytes: randomBytes },
    config,
    log: powertoolsLog('api', environment.DARKROOM_LOG),
    site: environment.DARKROOM_SITE,
    release,
  }),
);
