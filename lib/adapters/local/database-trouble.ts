/** What is wrong with the file of a database, where SQLite says so. */
export type DatabaseTrouble = 'full' | 'read-only' | 'unopenable' | 'damaged' | 'input-output';

/** Primary result codes of SQLite (https://sqlite.org/rescode.html); extended ones hold them in their low byte. */
const troubles: Readonly<Record<number, DatabaseTrouble>> = {
  8: 'read-only',
  10: 'input-output',
  11: 'damaged',
  13: 'full',
  14: 'unopenable',
  26: 'damaged',
};

/** Of the shared memory beside the database, for which there was no room. */
const noRoomForSharedMemory = 4874;

/** Not by its class: a realm has its own. */
export const databaseTrouble = (error: unknown): DatabaseTrouble | undefined => {
  const code = Number((error as { readonly errcode?: unknown } | null | undefined)?.errcode);
  return code === noRoomForSharedMemory ? 'full' : troubles[code & 0xff];
};
