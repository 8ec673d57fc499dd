import { type Instant, isLegalMove, moves, type Status, type Version } from '../../core/image.ts';
import type { Added, Claim } from '../../ports.ts';
import { type ImageItem, newestFields } from './catalogue-items.ts';
import { claimItemKey, imageItemKey, type Key, table } from './table.ts';
import type { Write } from './transact.ts';

/** The writes of the catalogue's transactions, each with its condition. */
export const catalogueWrites = (tableName: string) => {
  /** A condition on the image that holds only as long as nothing has happened to it since it was read. */
  const unchanged = (image: ImageItem) => ({
    ConditionExpression: 'newestVersion = :newest AND visibleVersion = :visible AND attribute_not_exists(deletedAt)',
    ExpressionAttributeValues: { ':newest': image.newestVersion, ':visible': image.visibleVersion },
  });

  /** Sets every field that has a value and removes those that have none. */
  const updateImage = (image: ImageItem, fields: Readonly<Record<string, unknown>>): Write => {
    const { ConditionExpression, ExpressionAttributeValues } = unchanged(image);
    const names = Object.keys(fields);
    const set = names.filter((name) => fields[name] !== undefined);
    const gone = names.filter((name) => fields[name] === undefined);
    const removal = gone.length > 0 ? ` REMOVE ${gone.map((name) => `#${name}`).join(', ')}` : '';
    return {
      Update: {
        TableName: tableName,
        Key: imageItemKey(image.id),
        ConditionExpression,
        UpdateExpression: `SET ${set.map((name) => `#${name} = :set_${name}`).join(', ')}${removal}`,
        ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
        ExpressionAttributeValues: {
          ...ExpressionAttributeValues,
          ...Object.fromEntries(set.map((name) => [`:set_${name}`, fields[name]])),
        },
      },
    };
  };

  const put = (item: Key & Record<string, unknown>, condition: object = onlyIfNew): Write => ({
    Put: { TableName: tableName, Item: item, ...condition },
  });

  const putClaim = (claim: Claim, added: Added, at: Instant): Write =>
    put(
      { ...claimItemKey(claim.key), ...claim, ...added, [table.timeToLive]: Math.ceil(claim.expiresAt / 1000) },
      {
        ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
        ExpressionAttributeValues: { ':now': at },
      },
    );

  const moveImage = (image: ImageItem, to: Version): Write => {
    const visible =
      to.status === 'ready' && to.version > image.visibleVersion ? { visible: to, visibleVersion: to.version } : {};
    const newest = to.version === image.newestVersion ? newestFields(image.collection, to) : {};
    const changes = { ...newest, ...visible };
    if (Object.keys(changes).length > 0) return updateImage(image, changes);
    return { ConditionCheck: { TableName: tableName, Key: imageItemKey(image.id), ...unchanged(image) } };
  };

  return { put, putClaim, updateImage, moveImage };
};

const onlyIfNew = { ConditionExpression: 'attribute_not_exists(pk)' };

/** The life of a version as a condition: the table itself refuses late and illegal moves. */
export const onlyFrom = (to: Version) => {
  const origins = Object.keys(moves).filter((from) => isLegalMove(from as Status, to.status));
  if (origins.length === 0) throw new Error(`A version cannot move to ${to.status}.`);
  const names = origins.map((_, at) => `:from${at}`);
  return {
    ConditionExpression: `revision = :before AND #status IN (${names.join(', ')})`,
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: {
      ':before': to.revision - 1,
      ...Object.fromEntries(origins.map((from, at) => [`:from${at}`, from])),
    },
  };
};
