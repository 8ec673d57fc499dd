import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Synthesised, synthesised } from '../test/infra/synthesised.ts';

// Writes docs/permissions.md, the table of functions and permissions, from the synthesised stack: node docs/permissions.ts

/** An action of IAM in a plain word. The page cannot be written before a new action has one. */
const words: Readonly<Record<string, string>> = {
  's3:ListBucket': 'list',
  's3:GetObject': 'read',
  's3:PutObject': 'store',
  's3:DeleteObject': 'delete',
  's3:PutBucketNotification': 'set up its notifications',
  'dynamodb:GetItem': 'read',
  'dynamodb:BatchGetItem': 'read',
  'dynamodb:Query': 'list',
  'dynamodb:ConditionCheckItem': 'write',
  'dynamodb:PutItem': 'write',
  'dynamodb:UpdateItem': 'write',
  'dynamodb:BatchWriteItem': 'write and delete in batches',
  'dynamodb:DescribeStream': 'follow',
  'dynamodb:GetRecords': 'follow',
  'dynamodb:GetShardIterator': 'follow',
  'dynamodb:ListStreams': 'find',
  'sqs:SendMessage': 'send',
  'sqs:ReceiveMessage': 'receive',
  'sqs:DeleteMessage': 'receive',
  'sqs:GetQueueAttributes': 'count',
  'sqs:ChangeMessageVisibility': 'postpone',
  'secretsmanager:GetSecretValue': 'read',
  'cloudfront:CreateInvalidation': 'invalidate',
  'events:PutEvents': 'publish',
  'states:StartExecution': 'start',
  'cloudwatch:GetMetricData': 'read',
  'logs:CreateLogStream': 'write',
  'logs:PutLogEvents': 'write',
};

/** What a resource of the template is called here: the first pattern that fits its flattened ARN. */
const places: readonly (readonly [pattern: RegExp, place: string])[] = [
  [/^ImagesOriginalsBucket/, 'originals (bucket)'],
  [/^ImagesVariantsBucket/, 'variants (bucket)'],
  [/^ImagesCatalogueTable\w+\.StreamArn/, 'changes of the table (stream)'],
  [/^ImagesCatalogueTable\w+\.Arn\/index\//, 'lists of the table (indexes)'],
  [/^ImagesCatalogueTable/, 'catalogue (table)'],
  [/^ImagesQueueDeadLetters/, 'tasks set aside (dead-letter queue)'],
  [/^ImagesQueue/, 'tasks (queue)'],
  [/^ImagesEventsUntold/, 'events that the bus refused (queue)'],
  [/:event-bus\//, 'event bus'],
  [/^ImagesLanesMachine/, 'lanes of large jobs (state machine)'],
  [/^ImagesAccessKeys/, 'hashes of the API keys (secret)'],
  [/^ImagesAccessWatch/, 'key of the watch tokens (secret)'],
  [/^arn:AWS::Partition:cloudfront:.*:distribution\/ImagesDelivery/, 'CDN (distribution)'],
  [/^Images\w+Log\w*\.Arn/, 'its own log'],
  [/^dynamodb:ListStreams \*$/, 'streams of the account (names only)'],
  [/^cloudwatch:GetMetricData \*$/, 'metrics of the account'],
];

type Statement = { readonly Effect: string; readonly Action: string | string[]; readonly Resource: unknown };

/** An ARN as text, with logical ids in the place of names. */
const flat = (value: unknown): string => {
  if (typeof value === 'string') return value;
  const [[key, of] = ['', '']] = Object.entries(value as Record<string, unknown>);
  if (key === 'Ref') return of as string;
  if (key === 'Fn::GetAtt') return (of as string[]).join('.');
  if (key === 'Fn::Join') return (of as [string, unknown[]])[1].map(flat).join((of as [string])[0]);
  throw new Error(`docs/permissions.ts does not know ${key}.`);
};

/** What is given for everything is told apart by its action. */
const placeOf = (resource: unknown, action: string): string => {
  const text = resource === '*' ? `${action} *` : flat(resource);
  const place = places.find(([pattern]) => pattern.test(text))?.[1];
  if (!place) throw new Error(`docs/permissions.ts has no name for ${text}.`);
  return place;
};

/** `ImagesDeadLetterRole8570A393` is of `dead-letter`; the one that the CDK adds is not of the pipeline. */
const functionOf = (role: string): string => {
  const name = /^Images(\w+)Role[0-9A-F]{8}$/.exec(role)?.[1];
  return name === undefined ? ofTheCdk : name.replace(/\B[A-Z]/g, '-$&').toLowerCase();
};

const ofTheCdk = '(the CDK’s)';

/** Of the state machine, which is no function; the page has a sentence on it. */
const engineRole = 'ImagesLanesMachineRole';

export type Permission = { readonly function: string; readonly place: string; readonly action: string };

/** What the roles of the functions allow. A policy or statement of another sort than today's is refused, not left out. */
export const permissionsOf = ({ template }: Synthesised): readonly Permission[] => {
  for (const [role, { Properties }] of Object.entries(template.findResources('AWS::IAM::Role')))
    if (Properties.Policies || (Properties.ManagedPolicyArns && functionOf(role) !== ofTheCdk))
      throw new Error(`docs/permissions.ts reads no policies within ${role}.`);
  const ofFunctions = Object.values(template.findResources('AWS::IAM::Policy')).filter(
    ({ Properties }) => !(Properties.Roles as { Ref: string }[]).some(({ Ref }) => Ref.startsWith(engineRole)),
  );
  return ofFunctions.flatMap(({ Properties }) =>
    (Properties.PolicyDocument.Statement as Statement[]).flatMap(({ Effect, Action, Resource, ...more }) => {
      const others = Object.keys(more).filter((key) => key !== 'Sid');
      if (Effect !== 'Allow' || others.length > 0)
        throw new Error(`docs/permissions.ts cannot word ${Effect} with ${others.join(', ') || 'nothing'}.`);
      return [Resource].flat().flatMap((resource) =>
        [Action].flat().flatMap((action) =>
          (Properties.Roles as { Ref: string }[]).map(({ Ref }) => ({
            ...{ function: functionOf(Ref), place: placeOf(resource, action), action },
          })),
        ),
      );
    }),
  );
};

const wordFor = (action: string): string => {
  const word = words[action];
  if (!word) throw new Error(`docs/permissions.ts has no word for ${action}.`);
  return word;
};

const actionsFor = (word: string): readonly string[] =>
  Object.keys(words)
    .filter((action) => words[action] === word)
    .map((action) => `\`${action}\``);

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), `|${'---|'.repeat(head.length)}`, ...rows.map(row)].join('\n');
const unique = (some: readonly string[]): string[] => [...new Set(some)];
const inOrderOf = (order: readonly string[]) => (a: string, b: string) => order.indexOf(a) - order.indexOf(b);

export const permissionsPage = (made: Synthesised): string => {
  const all = permissionsOf(made);
  const placeNames = unique(all.map(({ place }) => place)).sort(inOrderOf(places.map(([, place]) => place)));
  const functions = ['api', 'authorize', 'render', 'dead-letter', 'chores', 'lane', 'publish', ofTheCdk];
  const unlisted = all.find((permission) => !functions.includes(permission.function));
  if (unlisted) throw new Error(`docs/permissions.ts has no column for ${unlisted.function}.`);
  const wordsAt = (place: string, name: string) =>
    unique(all.filter((one) => one.place === place && one.function === name).map(({ action }) => wordFor(action))).sort(
      inOrderOf(Object.values(words)),
    );
  const whoDeletes = (place: string) =>
    functions
      .filter((name) => wordsAt(place, name).some((word) => word.includes('delete')))
      .map((name) => `\`${name}\``);
  const deleting = placeNames.filter((place) => whoDeletes(place).length > 0);

  return `# What each function may do

This page is written by \`node docs/permissions.ts\` from the stack that \`cdk deploy\` would deploy; a test compares the two. What a function
may not do here, AWS refuses.

## Who may delete

${table(
  ['what', 'functions'],
  deleting.map((place) => [place, whoDeletes(place).join(', ')]),
)}

A deleted original stays in its bucket as an older S3 object version for 30 days, and no function may delete those
([what protects the originals](aws.md#restoring)). A deleted variant is gone: it can be rendered again.

## Functions and permissions

Each row is a resource, each column a function in \`functions/\`. The last one is a function that the CDK adds: it runs only during a
deployment, and it also has AWS's own policy for writing logs (\`AWSLambdaBasicExecutionRole\`).

${table(
  ['', ...functions],
  placeNames.map((place) => [place, ...functions.map((name) => wordsAt(place, name).join(', ') || '–')]),
)}

## The words, in actions of IAM

${table(
  ['word', 'actions'],
  unique(Object.values(words)).map((word) => [word, actionsFor(word).join(', ')]),
)}

Objects are those below \`originals/\` and \`images/\`, the two prefixes of \`lib/core/object-keys.ts\`. Most permissions are given in
\`lib/infra/image-pipeline.ts\`, one \`grant\` a line; those of \`publish\` in \`lib/infra/events.ts\`, of \`authorize\` in \`lib/infra/api-access.ts\`, and to receive from a queue in \`lib/infra/render-queue.ts\`. The state machine has a role of its own (\`lib/infra/lane-engine.ts\`): it calls \`lane\`, and
starts, looks at, stops and repeats executions of itself.
`;
};

if (import.meta.main) writeFileSync(join(import.meta.dirname, 'permissions.md'), permissionsPage(synthesised()));
