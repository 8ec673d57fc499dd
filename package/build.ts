import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import layer from '../layers/sharp/nodejs/package.json' with { type: 'json' };
import { defineConfig } from '../lib/core/config.ts';
import type { FunctionName } from '../lib/environment.ts';
import { bundling } from '../lib/infra/function-code.ts';
import { sources } from '../lib/infra/function-sources.ts';
import manifest from '../package.json' with { type: 'json' };
import { declarationsOf } from './declarations.ts';
import { readmeOf } from './readme.ts';

// Makes the two packages as they are published (docs/decisions.md#two-packages), each a folder for `npm pack`:
//   node package/build.ts [FOLDER]      (dist without it)

const root = fileURLToPath(new URL('..', import.meta.url));

/** Files that are replaced where there is no checkout. */
const inside: Readonly<Record<string, string>> = {
  'lib/infra/function-code.ts': 'function-code.ts',
  'lib/infra/layer-code.ts': 'layer-code.ts',
  'functions/config.ts': 'function-config.ts',
  'darkroom.config.ts': 'found-configuration.ts',
};

const fromPackage: Plugin = {
  name: 'from-package',
  setup: ({ onResolve }) => {
    onResolve({ filter: /\.ts$/ }, ({ path, resolveDir }) => {
      const wanted = resolve(resolveDir, path);
      const other = Object.entries(inside).find(([file]) => join(root, file) === wanted)?.[1];
      return other === undefined ? undefined : { path: join(root, 'package/inside', other) };
    });
    onResolve({ filter: /^node:sqlite$/ }, () => ({ path: join(root, 'package/inside/sqlite.ts') }));
  },
};

const common: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  external: ['sharp', 'aws-cdk-lib', 'constructs'],
  mainFields: ['module', 'main'],
  loader: { '.wasm': 'copy' },
  plugins: [fromPackage],
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
};

/** A CommonJS file has another name for its own path. */
const asCommonJs: BuildOptions = {
  format: 'cjs',
  define: { 'import.meta.url': 'ownUrl' },
  banner: { js: "const ownUrl = require('node:url').pathToFileURL(__filename).href;" },
};

type Bundled = { readonly files: Metafile['inputs'] };

/** The names of the npm packages that are in a bundle. */
const packagesOf = (made: readonly Bundled[]): readonly string[] => {
  const names = made.flatMap(({ files }) =>
    Object.keys(files).flatMap((path) => /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
  );
  return [...new Set(names)].sort();
};

const bundled = async (options: BuildOptions): Promise<Bundled> => {
  const { metafile } = await build({ ...common, ...options });
  return { files: metafile?.inputs ?? {} };
};

/** The entries that both kinds of modules can have. */
const entries = ['config', 'construct', 'render'] as const;

const json = (path: string, content: unknown): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);
};

/** The same module for `import` and for `require`, each with its own declarations. */
const bothKinds = (name: string, declarations: string) => ({
  import: { types: `./esm/${declarations}`, default: `./esm/${name}.js` },
  require: { types: `./cjs/${declarations}`, default: `./cjs/${name}.js` },
});

/** What shows pictures and takes uploads on pages: without dependencies, and of no framework's version. */
const forPages = {
  picture: 'package/picture.ts',
  react: 'lib/client/react.ts',
  vue: 'lib/client/vue.ts',
  uppy: 'lib/client/uppy.ts',
} as const;

const elements = {
  element: { source: 'lib/client/element/darkroom-upload.ts', script: 'element.js' },
  'picture-element': { source: 'lib/client/element/darkroom-picture.ts', script: 'picture.js' },
} as const;

const declarationOf = (source: string): string => source.replace(/\.ts$/, '.d.ts');

/** The entries of both packages. */
const clientExports = {
  '.': bothKinds('client', 'package/client.d.ts'),
  ...Object.fromEntries(
    Object.entries(forPages).map(([name, source]) => [`./${name}`, bothKinds(name, declarationOf(source))]),
  ),
  ...Object.fromEntries(
    Object.entries(elements).map(([name, { source, script }]) => [
      `./${name}`,
      { types: `./esm/${declarationOf(source)}`, default: `./web/${script}` },
    ]),
  ),
};

const described = {
  version: manifest.version,
  license: manifest.license,
  type: 'module',
} as const;

const writeDeclarations = async (folder: string, work: string, which: Readonly<Record<string, string>>) => {
  for (const [entry, tsconfig] of Object.entries(which))
    for (const [path, text] of await declarationsOf(entry, tsconfig, { root, work }))
      for (const kind of ['esm', 'cjs']) {
        const file = join(folder, kind, path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
      }
};

const browserConfig = 'lib/client/tsconfig.json';

const client = async (folder: string, work: string): Promise<Bundled> => {
  const entryPoints = { client: 'package/client.ts', ...forPages };
  // The client runs in browsers too.
  const anywhere = { entryPoints, platform: 'neutral', target: 'es2022' } as const;
  const made = await bundled({ ...anywhere, format: 'esm', outdir: join(folder, 'esm') });
  await bundled({ ...anywhere, format: 'cjs', outdir: join(folder, 'cjs') });
  const declared = [
    'package/client.ts',
    ...Object.values(forPages),
    ...Object.values(elements).map(({ source }) => source),
  ];
  await writeDeclarations(folder, work, Object.fromEntries(declared.map((source) => [source, browserConfig])));
  json(join(folder, 'cjs/package.json'), { type: 'commonjs' });
  mkdirSync(join(folder, 'web'), { recursive: true });
  for (const file of ['element.js', 'element-worker.js', 'picture.js'])
    cpSync(join(root, 'lib/web', file), join(folder, 'web', file));
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  return made;
};

const commandLine = async (folder: string): Promise<Bundled> =>
  bundled({
    entryPoints: { darkroom: 'package/command.ts', 'render-worker': 'bin/render-worker.ts' },
    inject: ['package/inside/older-node.ts'],
    format: 'esm',
    splitting: true,
    outdir: join(folder, 'bin'),
    // CommonJS packages load Node's own modules by `require`.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });

/** Libraries for build scripts and for the CDK. */
const libraries = async (folder: string): Promise<readonly Bundled[]> => {
  const entryPoints = Object.fromEntries(entries.map((name) => [name, `package/${name}.ts`]));
  const define = { oldestCdk: JSON.stringify(manifest.devDependencies['aws-cdk-lib']) };
  const made = [
    await bundled({ entryPoints, define, format: 'esm', splitting: true, outdir: join(folder, 'esm') }),
    await bundled({
      ...{ entryPoints, ...asCommonJs, outdir: join(folder, 'cjs') },
      define: { ...define, ...asCommonJs.define },
    }),
  ];
  for (const kind of ['esm', 'cjs'])
    for (const file of ['viewer-request.js', 'viewer-response.js', 'console-request.js'])
      cpSync(join(root, 'lib/infra', file), join(folder, kind, file));
  for (const kind of ['esm', 'cjs', 'bin'])
    cpSync(join(root, 'lib/render/ssimulacra2/ssimulacra2.wasm'), join(folder, kind, 'ssimulacra2.wasm'));
  return made;
};

/** The handlers, as they are deployed, but without their configuration. */
const functions = async (folder: string): Promise<readonly Bundled[]> => {
  const names = Object.keys(sources) as FunctionName[];
  return Promise.all(
    names.map((name) => {
      const { define: _written, ...options } = bundling(sources[name], defineConfig(), manifest.version);
      return bundled({ ...options, external: [], outdir: join(folder, 'functions', name) });
    }),
  );
};

/** What npm needs to fetch sharp for a Lambda; npm packs no file of the name package-lock.json. */
const layerRecipe = (folder: string): void => {
  const from = join(root, 'layers/sharp/nodejs');
  const to = join(folder, 'layer/nodejs');
  mkdirSync(to, { recursive: true });
  cpSync(join(from, 'package.json'), join(to, 'package.json'));
  cpSync(join(from, 'package-lock.json'), join(to, 'npm-shrinkwrap.json'));
};

const readme = (page: string, folder: string): void =>
  writeFileSync(join(folder, 'README.md'), readmeOf(readFileSync(join(root, page), 'utf8')));

const buildAll = async (out: string): Promise<void> => {
  rmSync(out, { recursive: true, force: true });
  const work = mkdtempSync(join(tmpdir(), 'darkroom-package-'));
  try {
    const small = join(out, 'darkroom-images-client');
    const smallFiles = await client(small, work);
    json(join(small, 'package.json'), {
      name: 'darkroom-images-client',
      description:
        'The client, the elements and the adapters for frameworks of Darkroom, an image pipeline. No dependencies.',
      ...described,
      engines: { node: '>=20' },
      sideEffects: ['./web/*.js'],
      main: './cjs/client.js',
      types: './cjs/package/client.d.ts',
      exports: {
        ...clientExports,
        './package.json': './package.json',
      },
    });
    readme('docs/client.md', small);
    if (packagesOf([smallFiles]).length > 0) throw new Error('The client must not contain another package.');
    // The placeholders of the element are computed as ThumbHash says.
    cpSync(join(root, 'package/licences/npm/thumbhash.txt'), join(small, 'NOTICE'));

    const whole = join(out, 'darkroom-images');
    cpSync(small, whole, { recursive: true });
    cpSync(join(root, 'lib/web'), join(whole, 'web'), { recursive: true });
    const made = [smallFiles, await commandLine(whole), ...(await libraries(whole)), ...(await functions(whole))];
    layerRecipe(whole);
    await writeDeclarations(
      whole,
      work,
      Object.fromEntries(entries.map((name) => [`package/${name}.ts`, 'tsconfig.json'])),
    );
    chmodSync(join(whole, 'bin/darkroom.js'), 0o755);
    cpSync(join(root, 'NOTICE'), join(whole, 'NOTICE'));
    json(join(out, 'bundled.json'), packagesOf(made));
    cpSync(join(root, 'CHANGELOG.md'), join(whole, 'CHANGELOG.md'));
    readme('README.md', whole);
    json(join(whole, 'package.json'), {
      name: 'darkroom-images',
      description: manifest.description,
      ...described,
      engines: { node: '>=20.16' },
      bin: { darkroom: 'bin/darkroom.js', 'darkroom-images': 'bin/darkroom.js' },
      sideEffects: ['./web/*.js', './bin/*.js'],
      main: './cjs/client.js',
      types: './cjs/package/client.d.ts',
      exports: {
        ...clientExports,
        ...Object.fromEntries(entries.map((name) => [`./${name}`, bothKinds(name, `package/${name}.d.ts`)])),
        './package.json': './package.json',
      },
      dependencies: { sharp: layer.dependencies.sharp },
      // No range beside it: docs/decisions.md#peer-without-range
      peerDependenciesMeta: { 'aws-cdk-lib': { optional: true }, constructs: { optional: true } },
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};

await buildAll(resolve(process.argv[2] ?? join(root, 'dist')));
