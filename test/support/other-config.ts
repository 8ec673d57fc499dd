import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ConfigInput } from '../../lib/core/config.ts';

const schema = new URL('../../lib/core/config.ts', import.meta.url).href;

/** Variables with which a service reads this in the place of darkroom.config.ts. The files for it go into the folder. */
export const withConfig = async (folder: string, config: ConfigInput): Promise<Record<string, string>> => {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'darkroom.config.mjs');
  const hook = join(folder, 'hook.mjs');
  await writeFile(
    file,
    `import { defineConfig } from ${JSON.stringify(schema)};\nexport default defineConfig(${JSON.stringify(config)});\n`,
  );
  await writeFile(
    hook,
    `import { registerHooks } from 'node:module';
const url = ${JSON.stringify(pathToFileURL(file).href)};
registerHooks({
  resolve: (name, context, next) =>
    name.endsWith('/darkroom.config.ts') ? { url, shortCircuit: true } : next(name, context),
});
`,
  );
  return { NODE_OPTIONS: `--import=${pathToFileURL(hook).href}` };
};
