import { type ConfigInput, defineConfig } from '../lib/core/config.ts';

declare const DARKROOM_CONFIG: ConfigInput;
declare const DARKROOM_RELEASE: string;

/** Written into the bundle by the stack, so the configuration of the deploy is the one that runs. */
export const config = defineConfig(DARKROOM_CONFIG);
export const release: string = DARKROOM_RELEASE;
