import { type ConfigInput, defineConfig } from '../lib/core/config.ts';

declare const DARKROOM_CONFIG: ConfigInput;
declare const DARKROOM_RELEASE: string;

/** Written into the bundle by the stack: what it was deployed with is what runs. */
export const config = defineConfig(DARKROOM_CONFIG);
export const release: string = DARKROOM_RELEASE;
