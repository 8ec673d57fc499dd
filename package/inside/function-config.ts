import { readFileSync } from 'node:fs';
import { type ConfigInput, defineConfig } from '../../lib/core/config.ts';

// In the bundles of the package this replaces functions/config.ts: the construct writes the file beside them.

const text = readFileSync(new URL('darkroom.json', import.meta.url), 'utf8');
const settings = JSON.parse(text) as { readonly config: ConfigInput; readonly release: string };

export const config = defineConfig(settings.config);
export const { release } = settings;
