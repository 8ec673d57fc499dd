/** `upload`: ask for tickets of new images. `read`: look at images and download originals. `manage`: everything else. */
export const rights = ['upload', 'read', 'manage'] as const;
export type Right = (typeof rights)[number];

/** What a caller may do; one without a grant may do everything. */
export type Grant = {
  readonly rights: readonly Right[];
  /** Prefixes of the collections whose images it may touch; all images when left out. */
  readonly collections?: readonly string[] | undefined;
};

/** The hash of a key, which then may do everything; or the hash with what the key may do, and a name for people. */
export type StoredKey = string | ({ readonly name?: string | undefined; readonly sha256: string } & Grant);
