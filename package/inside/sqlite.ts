import type { DatabaseSync as Database } from 'node:sqlite';
import { Unusable } from '../../lib/core/unusable.ts';

// In the package this replaces node:sqlite, which older versions of Node.js do not have, so that the commands without a
// database work there too. The one of Node.js 22 numbers parameters in another way
// (docs/decisions.md#package-node).

const isNewEnough = Number.parseInt(process.versions.node, 10) >= 24;

class NoDatabase {
  constructor() {
    throw new Unusable(
      `This command keeps its catalogue in the SQLite of Node.js 24 or newer. This is Node.js ${process.version}: install a newer one from https://nodejs.org. The client and the other commands work with Node.js 20.`,
    );
  }
}

const { DatabaseSync: found } = isNewEnough
  ? (process.getBuiltinModule('node:sqlite') as typeof import('node:sqlite'))
  : { DatabaseSync: NoDatabase };

export const DatabaseSync = found as typeof Database;
