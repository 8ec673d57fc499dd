import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { type BuildOptions, buildSync } from 'esbuild';
import type { Config } from '../core/config.ts';
import type { FunctionName } from '../environment.ts';
import { sources } from './function-sources.ts';

// In the package, package/inside/function-code.ts replaces this file, because the bundles are made already.

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The settings that bundle a function into a folder with an `index.mjs` and the parts that are loaded later; the
 * measurements in bench/ use the same.
 */
export const bundling = (entry: string, config: Config, release: string): BuildOptions => ({
  entryPoints: {
    index: join(root, 'functions', entry),
    ...(entry === sources.render && { ssimulacra2: join(root, 'lib', 'render', 'ssimulacra2', 'ssimulacra2.wasm') }),
  },
  loader: { '.wasm': 'copy' },
  bundle: true,
  // Parts that few calls need: the description of the API, and the code that purges the CDN.
  splitting: entry === sources.api || entry === sources.chores,
  outExtension: { '.js': '.mjs' },
  platform: 'node',
  target: 'node24',
  format: 'esm',
  mainFields: ['module', 'main'],
  minify: true,
  sourcemap: true,
  sourcesContent: false,
  legalComments: 'none',
  alias: {
    // A layer's packages are found by `require` in every Node, and by `import` only in Lambda's own.
    sharp: join(root, 'layers', 'sharp', 'from-layer.js'),
    '@aws-sdk/credential-provider-node': join(root, 'functions', 'credentials.ts'),
    '@aws-sdk/middleware-endpoint-discovery': join(root, 'functions', 'endpoint-discovery.ts'),
  },
  define: { DARKROOM_CONFIG: JSON.stringify(config), DARKROOM_RELEASE: JSON.stringify(release) },
  // A stack trace should name lines of the source, not of the bundle.
  banner: { js: 'process.setSourceMapsEnabled(true);' },
});

/** The version in `GET /v1/health` unless the stack says otherwise. */
export const usualRelease = '0.0.0';

/** The code of a function, bundled while the template is made. */
export const functionCode = (name: FunctionName, config: Config, release: string): Code => {
  const entry = sources[name];
  return Code.fromAsset(join(root, 'functions'), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('never-used'),
      // Part of the asset's identity: everything else about it is the same for all functions.
      command: [entry, JSON.stringify(config), release],
      local: {
        tryBundle: (folder) => {
          mkdirSync(folder, { recursive: true });
          buildSync({ ...bundling(entry, config, release), outdir: folder, logLevel: 'error' });
          return true;
        },
      },
    },
  });
};
