import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import config from '../darkroom.config.ts';
import { bundling } from '../lib/infra/function-code.ts';
import { sources } from '../lib/infra/function-sources.ts';
import { functionVariables } from '../test/support/function-variables.ts';
import { loadedAtStart } from './loaded-at-start.ts';

// What a cold start consists of, as far as it can be seen without Lambda: `node bench/lambda.ts`.

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(root, 'node_modules', '.bench-'));
const runs = 10;

/** Runs a few lines in processes of their own; each tells the milliseconds between `start` and `end`. */
const medianOf = (work: string): string => {
  const program = `const start = performance.now(); ${work}; process.stdout.write(String(performance.now() - start)); process.exit()`;
  const times = Array.from({ length: runs }, () =>
    Number(
      execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
        env: functionVariables,
        cwd: folder,
      }),
    ),
  );
  return `${times.toSorted((a, b) => a - b)[runs / 2]?.toFixed(0)} ms`;
};

const row = (...cells: string[]) => process.stdout.write(`| ${cells.join(' | ')} |\n`);

try {
  row('', 'loaded at start', `import, median of ${runs}`);
  row('---', '---:', '---:');
  for (const [name, source] of Object.entries(sources)) {
    const outdir = join(folder, name);
    const { metafile } = buildSync({ ...bundling(source, config, '0.0.0'), outdir, metafile: true, logLevel: 'error' });
    const size = loadedAtStart(metafile);
    const start = `await import(${JSON.stringify(join(outdir, 'index.mjs'))})`;
    row(`\`${name}\``, `${(size / 1024).toFixed(0)} KiB`, medianOf(start));
  }
  const outdir = join(folder, 'renderer');
  const bundle = bundling('render.ts', config, '0.0.0');
  const entryPoints = { ...(bundle.entryPoints as object), index: join(root, 'bench', 'renderer-alone.ts') };
  buildSync({ ...bundle, entryPoints, outdir, logLevel: 'error' });
  const load = `const alone = await import(${JSON.stringify(join(outdir, 'index.mjs'))})`;
  row('the renderer alone, with sharp', '', medianOf(load));
  row('the same, and its self-test', '', medianOf(`${load}; await alone.prove()`));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
