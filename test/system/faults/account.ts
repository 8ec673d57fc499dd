import type { Version } from '../../../lib/core/image.ts';

/** What the clients did, by the key of a version: `<id>/v<version>`. */
export type Doings = {
  /** What each PUT offered, also those whose answer was never seen. */
  readonly offered: ReadonlyMap<string, 'picture' | 'junk'>;
  /** What the store has said 200 to. */
  readonly accepted: ReadonlySet<string>;
  /** Ids of images whose deletion was answered. */
  readonly deleted: ReadonlySet<string>;
};

export const keyOf = ({ id, version }: Pick<Version, 'id' | 'version'>): string => `${id}/v${version}`;

/**
 * Everything in the catalogue that does not follow from what the clients did, a sentence each: an accepted picture is
 * ready, accepted junk has failed as such, what was deleted is gone, and nothing else is.
 */
export const misaccounted = ({ offered, accepted, deleted }: Doings, versions: readonly Version[]): string[] => {
  const rows = new Set(versions.map(keyOf));
  const gone = [...accepted].filter((key) => !rows.has(key) && !deleted.has(idOf(key)));
  return [
    ...gone.map((key) => `${key} was accepted and is in no catalogue`),
    ...versions.flatMap((version) => {
      if (deleted.has(version.id)) return [`${keyOf(version)} was deleted and is ${version.status}`];
      const source = keyOf({ ...version, version: version.source });
      const kind = offered.get(source);
      return isRightEnd(version, kind, accepted.has(source))
        ? []
        : [`${keyOf(version)}, ${said(accepted.has(source))} as ${kind ?? 'nothing'}, is ${endOf(version)}`];
    }),
  ];
};

const isRightEnd = (version: Version, kind: 'picture' | 'junk' | undefined, isAccepted: boolean): boolean => {
  if (version.status === 'ready') return kind === 'picture';
  if (version.status === 'failed') return kind === 'junk' && version.error.code === 'not-an-image';
  return !isAccepted && ['pending', 'expired'].includes(version.status);
};

const idOf = (key: string): string => key.slice(0, key.indexOf('/'));

const said = (isAccepted: boolean): string => (isAccepted ? 'accepted' : 'offered');

const endOf = (version: Version): string =>
  version.status === 'failed' ? `failed for ${version.error.code}` : version.status;
