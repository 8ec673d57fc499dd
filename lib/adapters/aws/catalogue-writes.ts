import { type Instant, isLegalMove, moves, type Status, type Version } from '../../core/image.ts';
import type { Added, Claim } from '../../ports.ts';
import { type ImageItem, newestFields } from './catalogue-items.ts';
import { packVersion } from './packed-version.ts';
import { claimItemKey, idOfImageItem, imageItemKey, type Key, table } from './table.ts';
import type { Write } from './transact.ts';

/** The writes of the catalogue, each with its condition. */
export const catalogueWrites = (tableName: string) => {
  /** Sets every field that has a value and removes those that have none. */
  const updateImage = (image: ImageItem, fields: Readonly<Record<string, unknown>>, condition: Condition): Write => {
    const names = Object.keys(fields);
    const set = names.filter((name) => fields[name] !== undefined);
    const gone = names.filter((name) => fields[name] === undefined);
    const removal = gone.length > 0 ? ` REMOVE ${gone.map((name) => `#${name}`).join(', ')}` : '';
    return {
      Update: {
        TableName: tableName,
        Key: imageItemKey(idOfImageItem(image)),
        ...condition,
        UpdateExpression: `SET ${set.map((name) => `#${name} = :set_${name}`).join(', ')}${removal}`,
        ExpressionAttributeNames: {
          ...Object.fromEntries(names.map((name) => [`#${name}`, name])),
          ...condition.ExpressionAttributeNames,
        },
        ExpressionAttributeValues: {
          ...condition.ExpressionAttributeValues,
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

  /** Of the newest version of an image. */
  const moveNewest = (image: ImageItem, to: Version, writtenBy: string): Write => {
    const shown = to.status === 'ready' ? { visible: undefined, visibleVersion: to.version } : {};
    const still = unchanged(image);
    const from = onlyFrom(to);
    return updateImage(
      image,
      { ...newestFields(image.collection, to, writtenBy), ...shown },
      {
        ConditionExpression: `${still.ConditionExpression} AND ${from.ConditionExpression}`,
        ExpressionAttributeNames: from.ExpressionAttributeNames,
        ExpressionAttributeValues: { ...still.ExpressionAttributeValues, ...from.ExpressionAttributeValues },
      },
    );
  };

  /** What the move of an older version does to its image, which must be as it was read. */
  const followOlder = (image: ImageItem, to: Version): Write => {
    if (to.status === 'ready' && to.version > image.visibleVersion)
      return updateImage(image, { visible: packVersion(to), visibleVersion: to.version }, unchanged(image));
    return { ConditionCheck: { TableName: tableName, Key: imageItemKey(to.id), ...unchanged(image) } };
  };

  return { put, putClaim, updateImage, moveNewest, followOlder };
};

type Condition = {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues: Readonly<Record<string, unknown>>;
};

/** Holds only as long as the image has the same versions as when it was read. */
const unchanged = ({ newestVersion, visibleVersion }: ImageItem): Condition => ({
  ConditionExpression: 'newestVersion = :newest AND visibleVersion = :visible AND attribute_not_exists(deletedAt)',
  ExpressionAttributeValues: { ':newest': newestVersion, ':visible': visibleVersion },
});

/** Holds only as long as nothing at all has happened to the image. */
export const untouched = (image: ImageItem): Condition => {
  const still = unchanged(image);
  return {
    ConditionExpression: `${still.ConditionExpression} AND revision = :revision`,
    ExpressionAttributeValues: { ...still.ExpressionAttributeValues, ':revision': image.revision },
  };
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
