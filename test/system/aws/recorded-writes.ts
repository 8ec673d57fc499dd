import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { type Key, table } from '../../../lib/adapters/aws/table.ts';

/** What one write took from one partition: `list` is the table itself or an index, `units` are write units. */
export type PartitionWrite = { readonly list: string; readonly partition: string; readonly units: number };
export type Recorded = { readonly writes: PartitionWrite[]; readonly calls: string[]; readUnits: number };

type Item = Readonly<Record<string, unknown>>;
type Write = { readonly key: Key; readonly isTransaction: boolean };

/**
 * A client that notes what its calls take from each partition. The counts follow from the item before and after each
 * write, by the rules that DynamoDB documents: a unit for each KB of the larger one, two in a transaction; one for an
 * entry that an index gains or loses, two where its key changes, none where it stays. Without items it notes the calls
 * alone, and is faster.
 */
export const recording = (client: DynamoDBDocumentClient, TableName: string, { isWithItems = true } = {}) => {
  const recorded: Recorded = { writes: [], calls: [], readUnits: 0 };
  const look = async ({ pk, sk }: Key): Promise<Item | undefined> =>
    (await client.send(new GetCommand({ TableName, Key: { pk, sk }, ConsistentRead: true }))).Item;

  const send = async (command: Command, ...rest: unknown[]): Promise<unknown> => {
    recorded.calls.push(command.constructor.name);
    const writes = isWithItems ? writesOf(command) : [];
    const before = await Promise.all(writes.map(({ key }) => look(key)));
    const answer = await (client.send as Send).call(client, command, ...rest);
    const after = await Promise.all(writes.map(({ key }) => look(key)));
    recorded.readUnits += readUnitsOf(command, answer as { Item?: Item });
    for (const [at, write] of writes.entries()) recorded.writes.push(...taken(write, before[at], after[at]));
    return answer;
  };
  const recorder = new Proxy(client, { get: (target, name) => (name === 'send' ? send : Reflect.get(target, name)) });
  return { client: recorder, recorded };
};

type Send = (command: Command, ...rest: unknown[]) => Promise<unknown>;
type Command = { readonly input: Record<string, unknown> };
type Action = { readonly Key?: Key; readonly Item?: Key };

const writesOf = ({ constructor: { name }, input }: Command): readonly Write[] => {
  const keyOf = ({ Key, Item }: Action): Key => Key ?? (Item as Key);
  if (name === 'TransactWriteCommand')
    return (input.TransactItems as Readonly<Record<string, Action>>[])
      .flatMap((one) => Object.values(one))
      .map((action) => ({ key: keyOf(action), isTransaction: true }));
  if (name === 'BatchWriteCommand')
    return Object.values(input.RequestItems as Record<string, { DeleteRequest: Action }[]>)
      .flat()
      .map(({ DeleteRequest }) => ({ key: keyOf(DeleteRequest), isTransaction: false }));
  if (['PutCommand', 'UpdateCommand'].includes(name)) return [{ key: keyOf(input as Action), isTransaction: false }];
  return [];
};

const taken = ({ key, isTransaction }: Write, before: Item | undefined, after: Item | undefined): PartitionWrite[] => [
  {
    list: 'the table',
    partition: key.pk,
    units: Math.ceil(Math.max(bytesOf(before), bytesOf(after), 1) / 1024) * (isTransaction ? 2 : 1),
  },
  ...Object.values(table.indexes).flatMap((index) => {
    const entry = (item: Item | undefined) => {
      const [partition, sort] = [item?.[index.partitionKey], item?.[index.sortKey]];
      return partition === undefined || sort === undefined ? undefined : { partition: String(partition), sort };
    };
    const [old, now] = [entry(before), entry(after)];
    if (old?.partition === now?.partition && old?.sort === now?.sort) return [];
    return [old, now].flatMap((one) => (one ? { list: index.name, partition: one.partition, units: 1 } : []));
  }),
];

/** Of one item, read consistently: one for each 4 KB. */
const readUnitsOf = ({ constructor: { name } }: Command, { Item }: { readonly Item?: Item }): number =>
  name === 'GetCommand' ? Math.max(1, Math.ceil(bytesOf(Item) / 4096)) : 0;

/** The size of an item as DynamoDB counts it: names and values, numbers by their digits. */
const bytesOf = (value: unknown): number => {
  if (value === undefined) return 0;
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return Math.ceil(String(value).length / 2) + 1;
  if (value instanceof Uint8Array) return value.length;
  if (Array.isArray(value)) return 3 + value.reduce((sum, one) => sum + 1 + bytesOf(one), 0);
  if (value instanceof Object)
    return Object.entries(value).reduce((sum, [name, one]) => sum + Buffer.byteLength(name) + 1 + bytesOf(one), 3);
  return 1;
};
