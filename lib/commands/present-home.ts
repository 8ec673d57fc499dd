import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Unusable } from '../core/unusable.ts';
import { databaseFile, type Home, openHome } from '../local/home.ts';
import { readSettings } from '../local/settings.ts';
import type { Shell } from './shell.ts';

/** The data folder of a service that may be running. */
export const presentHome = (shell: Shell): Home => {
  const { data } = readSettings(shell.variables);
  if (!existsSync(join(data, databaseFile)))
    throw new Unusable(`There is no Darkroom in ${data}. Set DARKROOM_DATA to the folder of the service.`);
  return openHome(data);
};
