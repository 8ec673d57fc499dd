import { type Home, openPresentHome } from '../local/home.ts';
import { readSettings } from '../local/settings.ts';
import type { Shell } from './shell.ts';

/** The data folder of a service that may be running. */
export const presentHome = async (shell: Shell): Promise<Home> => openPresentHome(readSettings(shell.variables).data);
