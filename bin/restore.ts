import { parseArgs } from 'node:util';
import config from '../darkroom.config.ts';
import { dynamodbCatalogue } from '../lib/adapters/aws/dynamodb-catalogue.ts';
import { clientsOfEnvironment } from '../lib/adapters/aws/environment-clients.ts';
import { bringBackOriginals, copyMissingItems } from '../lib/adapters/aws/restore.ts';

// `npm run restore -- …`: what docs/aws.md says under "Restoring". Only while the clock is stopped.

const help = `npm run restore -- --table <the stack's table> --from <a restored table> [--part <1/4>]
npm run restore -- --table <the stack's table> --originals <the bucket> --since <2026-11-20T12:00:00Z>

The first copies items that the stack's table lacks; with --part only a part of them, for several runs beside each other.
The second makes originals visible again that were removed since, if the table knows their images. Credentials and region
are those of the environment (AWS_PROFILE, AWS_REGION).
`;

const { table, from, part, originals, since } = parseArgs({
  options: {
    table: { type: 'string' },
    from: { type: 'string' },
    part: { type: 'string' },
    originals: { type: 'string' },
    since: { type: 'string' },
  },
}).values;
const sinceMs = Date.parse(since ?? '');
const [, number = 0, of = 0] = (/^(\d+)\/(\d+)$/.exec(part ?? '1/1') ?? []).map(Number);
const isPart = number >= 1 && number <= of;
const { dynamo, s3 } = clientsOfEnvironment();

if (table !== undefined && from !== undefined && isPart) {
  const copied = await copyMissingItems(dynamo, from, table, { number: number - 1, of });
  process.stdout.write(`${copied} items were copied from ${from} to ${table}.\n`);
} else if (table !== undefined && originals !== undefined && !Number.isNaN(sinceMs) && part === undefined) {
  const catalogue = dynamodbCatalogue(dynamo, table, config.retention);
  const isKnown = async ({ id, version }: { id: string; version: number }) =>
    (await catalogue.find(id)) !== undefined && (await catalogue.version(id, version)) !== undefined;
  const back = await bringBackOriginals(s3, originals, sinceMs, isKnown);
  process.stdout.write(`${back.length} originals are back in ${originals}.\n`);
} else {
  process.stderr.write(help);
  process.exitCode = 1;
}
