import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ConfigInput, defineConfig } from '../../lib/core/config.ts';
import { Unusable } from '../../lib/core/unusable.ts';

// In the package this replaces darkroom.config.ts: it reads the one in the working folder, if there is one.

const names = ['darkroom.config.ts', 'darkroom.config.mjs', 'darkroom.config.js', 'darkroom.config.json'];

const read = async (file: string): Promise<ConfigInput> => {
  if (file.endsWith('.json')) return JSON.parse(readFileSync(file, 'utf8'));
  const found = (await import(pathToFileURL(resolve(file)).href)) as { readonly default?: ConfigInput };
  if (found.default === undefined) throw new Unusable(`${file} has no default export. Write: export default { … }`);
  return found.default;
};

const file = names.find((name) => existsSync(name));

export default defineConfig(file === undefined ? {} : await read(file));
