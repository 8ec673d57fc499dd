import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildSync } from 'esbuild';
import config from '../../darkroom.config.ts';
import { environments, type FunctionName } from '../../lib/environment.ts';
import { bundling } from '../../lib/infra/function-code.ts';
import { sources } from '../../lib/infra/function-sources.ts';
import { functionVariables } from '../support/function-variables.ts';

const run = promisify(execFile);

describe('A function', () => {
  let folder: string;
  beforeAll(() => {
    // Below node_modules, so that the bundles find sharp as they would find it in the layer.
    folder = mkdtempSync(join(import.meta.dirname, '../../node_modules/.functions-'));
    for (const [name, source] of Object.entries(sources))
      buildSync({ ...bundling(source, config, '0.0.0'), outdir: join(folder, name) });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What the bundle exports, loaded in a process of its own under these variables. */
  const exportsOf = async (name: string, env: Record<string, string>): Promise<string> => {
    const program = `process.stdout.write(Object.keys(await import(${JSON.stringify(join(folder, name, 'index.mjs'))})).join())`;
    return (await run(process.execPath, ['--input-type=module', '--eval', program], { env })).stdout;
  };

  const names = Object.keys(environments) as FunctionName[];

  test.each(names)('(%s) starts as a bundle, with what the stack tells it, and is a handler', async (name) => {
    expect(await exportsOf(name, functionVariables)).toBe('handler');
  });

  test.each(names)('(%s) does not start when one of its variables is missing, and names it', async (name) => {
    for (const variable of Object.keys(environments[name].shape).slice(0, 2)) {
      const { [variable]: _gone, ...others } = functionVariables;
      await expect(exportsOf(name, others)).rejects.toThrow(variable);
    }
  });
});
