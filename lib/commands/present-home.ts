import { type Home, openPresentHome } from '../local/home.ts';
import { readSettings } from '../local/settings.ts';
import type { Shell } from './shell.ts';

/** The data folder of a service that may be running, for a command that needs its database alone. */
export const presentHome = async (shell: Shell): Promise<Home> => openPresentHome(readSettings(shell.variables).data);
