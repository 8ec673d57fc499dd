// Is preloaded (node --import) into the process of a suite and into those that it starts. Gives a suite the functions of Jest
// without Jest's loader, which takes longer than most suites, and plants a fault into one file while it is loaded.
import { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type Fault, planted } from './fault.ts';

const fault = process.env.DARKROOM_FAULT ? (JSON.parse(process.env.DARKROOM_FAULT) as Fault) : undefined;
const target = fault && new URL(`../../${fault.file}`, import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === '@jest/globals'
      ? next(new URL('./globals.ts', import.meta.url).href, context)
      : next(specifier, context),
  load: (url, context, next) =>
    fault && url === target
      ? {
          format: 'module-typescript',
          shortCircuit: true,
          source: planted(readFileSync(fileURLToPath(url), 'utf8'), fault),
        }
      : next(url, context),
});

/** What a suite starts has the fault too, even with an environment of its own; renderers may not read this file. */
type Start = { readonly args: readonly string[]; envPairs: readonly string[] };
const starting = ChildProcess.prototype as unknown as { spawn: (options: Start) => unknown };
const { spawn } = starting;
if (process.argv[1]?.endsWith('suite.ts'))
  starting.spawn = function (this: unknown, options) {
    const added = ['NODE_OPTIONS', 'DARKROOM_FAULT'].flatMap((name) =>
      process.env[name] ? [`${name}=${process.env[name]}`] : [],
    );
    const isJailed = options.args.includes('--permission');
    // Node itself adds this one, which a suite about the environment of renderers takes for a leak.
    const envPairs = isJailed
      ? options.envPairs.filter((pair) => !pair.startsWith('NODE_V8_COVERAGE='))
      : [...options.envPairs, ...added];
    return spawn.call(this, { ...options, envPairs });
  };
