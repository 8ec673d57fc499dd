import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { functionVariables } from '../support/function-variables.ts';
import { environment, type Project, packedFile, project, readJson, root } from './project.ts';

const stack = `
import * as cdk from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { defineConfig, ImagePipeline } from 'darkroom-images/construct';

export class AppStack extends cdk.Stack {
  constructor(scope: Construct, id: string, props?: cdk.StackProps) {
    super(scope, id, props);
    const allowedOrigins = ['https://app.example'];
    const photos = new ImagePipeline(this, 'Photos', { config: defineConfig({ ticketSeconds: 600 }), allowedOrigins });
    new ImagePipeline(this, 'Covers', {
      config: defineConfig({ defaultPreset: 'gallery' }),
      allowedOrigins,
      architecture: cdk.aws_lambda.Architecture.X86_64,
    });
    new cdk.CfnOutput(this, 'Pictures', { value: photos.delivery.site });
  }
}
`;

type Template = {
  readonly Resources: Record<
    string,
    { Type: string; Properties: Record<string, never>; Metadata?: { 'aws:asset:path'?: string } }
  >;
};

/** The template that both apps have to make. */
const holds = (path: () => string) => {
  const output = () => join(path(), 'cdk.out');
  const resources = (type: string) => {
    const { Resources } = JSON.parse(readFileSync(join(output(), 'AppStack.template.json'), 'utf8')) as Template;
    return Object.entries(Resources).filter(([, { Type }]) => Type === type);
  };
  const assetOf = (part: string) => {
    const found = [...resources('AWS::Lambda::Function'), ...resources('AWS::Lambda::LayerVersion')].find(([id]) =>
      id.startsWith(part),
    );
    return join(output(), found?.[1].Metadata?.['aws:asset:path'] ?? 'none');
  };

  test('has both pipelines, with seven functions each', () => {
    for (const name of ['Photos', 'Covers']) {
      const own = resources('AWS::Lambda::Function').filter(([id]) => id.startsWith(name));
      expect(own).toHaveLength(7);
      for (const [, { Properties }] of own) expect(Properties).toMatchObject({ Runtime: 'nodejs24.x' });
    }
  });

  test('writes the configuration of each pipeline beside its bundles', async () => {
    for (const [name, config] of [
      ['Photos', { ticketSeconds: 600, defaultPreset: 'web' }],
      ['Covers', { ticketSeconds: 900, defaultPreset: 'gallery' }],
    ] as const)
      for (const part of ['Api', 'Render', 'Chores', 'DeadLetter'])
        expect(await readJson(join(assetOf(`${name}${part}Function`), 'darkroom.json'))).toMatchObject({
          config,
          release: JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version,
        });
  });

  test.each([
    ['Photos', 'arm64'],
    ['Covers', 'x64'],
  ])('gives %s a layer with sharp for %s alone, and the licences', (name, cpu) => {
    const nodejs = join(assetOf(`${name}Sharp`), 'nodejs');
    const native = readdirSync(join(nodejs, 'node_modules/@img')).filter((entry) => entry.startsWith('sharp-'));
    expect(native.sort()).toEqual([`sharp-libvips-linux-${cpu}`, `sharp-linux-${cpu}`]);
    expect(readFileSync(join(nodejs, 'NOTICE'), 'utf8')).toBe(readFileSync(join(root, 'NOTICE'), 'utf8'));
  });

  test('has handlers that start from the deployed files', () => {
    const script = `
      const api = await import(process.argv[1]);
      console.log(typeof api.handler);`;
    const said = execFileSync(
      process.execPath,
      ['--input-type=module', '--eval', script, join(assetOf('PhotosApiFunction'), 'index.mjs')],
      { env: { ...environment(), ...functionVariables }, encoding: 'utf8' },
    );
    expect(said).toBe('function\n');
  });
};

const libraries = ['aws-cdk-lib', 'constructs', 'typescript', '@types/node', 'undici-types'];
const tsc = 'node node_modules/typescript/bin/tsc';

const synth = async (app: Project, program: string): Promise<void> => {
  const cdk = join(root, 'node_modules/aws-cdk/bin/cdk');
  const { code, stderr, stdout } = await app.node(cdk, 'synth', '--quiet', '--app', program);
  if (code !== 0) throw new Error(stdout + stderr);
};

describe('In what `cdk init app --language typescript` makes, which is CommonJS, two pipelines in one stack', () => {
  let app: Project;
  beforeAll(async () => {
    app = await project();
    await rm(join(app.path, 'package.json'));
    const cdk = join(root, 'node_modules/aws-cdk/bin/cdk');
    const made = await app.node(cdk, 'init', 'app', '--language', 'typescript', '--generate-only');
    if (made.code !== 0) throw new Error(made.stderr);
    const { compilerOptions, ...rest } = await readJson(join(app.path, 'tsconfig.json'));
    await rm(join(app.path, 'test'), { recursive: true });
    await app.write({
      // Without the packages that only its tests need, and those taken from the checkout.
      'package.json': JSON.stringify({ name: 'app', version: '0.1.0' }),
      'tsconfig.json': JSON.stringify({
        ...rest,
        compilerOptions: { ...(compilerOptions as object), types: ['node'] },
      }),
      'lib/app-stack.ts': stack,
    });
    await app.install('darkroom-images', 'tsx@4.23.15', 'ts-node@10.9.2');
    await app.borrow(...libraries);
    await synth(app, `${tsc} && node node_modules/tsx/dist/cli.mjs bin/app.ts`);
  });
  afterAll(() => app.remove());

  holds(() => app.path);

  test('make the same template with ts-node', async () => {
    const template = () => readJson(join(app.path, 'cdk.out/AppStack.template.json'));
    const before = await template();
    const compiler = join(root, 'node_modules/@arethetypeswrong/core/node_modules/typescript');
    await synth(app, `node node_modules/ts-node/dist/bin.js --transpile-only --compiler ${compiler} bin/app.ts`);
    expect(await template()).toEqual(before);
  });
});

describe('In an app of ES modules, two pipelines in one stack', () => {
  let app: Project;
  beforeAll(async () => {
    app = await project({ type: 'module' });
    const compilerOptions = { module: 'nodenext', target: 'es2022', strict: true, noEmit: true, skipLibCheck: true };
    await app.write({
      'app.ts': `${stack}\nnew AppStack(new cdk.App(), 'AppStack');\n`,
      'tsconfig.json': JSON.stringify({ compilerOptions: { ...compilerOptions, types: ['node'] }, files: ['app.ts'] }),
      'cdk.json': '{}',
    });
    await app.install('darkroom-images');
    await app.borrow(...libraries);
    await synth(app, `${tsc} && node app.ts`);
  });
  afterAll(() => app.remove());

  holds(() => app.path);
});

describe('The construct refuses', () => {
  let app: Project;
  beforeAll(async () => {
    app = await project();
    await app.install('darkroom-images');
  });
  afterAll(() => app.remove());
  const loaded = () => app.node('--print', "Object.keys(require('darkroom-images/construct')).length");

  test('to be loaded without the CDK, and says how to install it', async () => {
    const { code, stderr } = await loaded();
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('and here is none. Run: npm install aws-cdk-lib constructs'),
    ]);
  });

  test.each(['1.204.0', '2.100.0'])('the CDK %s, which npm would not have refused', async (version) => {
    const manifest = JSON.stringify({ name: 'aws-cdk-lib', version });
    await app.write({ 'node_modules/aws-cdk-lib/package.json': manifest });
    const { code, stderr } = await loaded();
    expect([code, stderr]).toEqual([1, expect.stringContaining(`here is ${version}. Run: npm install`)]);
  });
});

/** Package managers that can let a package load only what it names. */
describe.each([
  ['pnpm', ['pnpm@12.21.0', 'install', '--no-frozen-lockfile'], ['pnpm@12.21.0', 'exec', 'node']],
  ['Yarn', ['@yarnpkg/cli-dist@4.18.1', 'install', '--no-immutable'], ['@yarnpkg/cli-dist@4.18.1', 'node']],
] as const)('Installed by %s, the package', (_name, install, node) => {
  let app: Project;
  let cdk: Project;
  beforeAll(async () => {
    cdk = await project({ name: 'aws-cdk-lib', version: '2.276.0' });
    app = await project();
    const file = packedFile('darkroom-images');
    const dependencies = { 'darkroom-images': `file:${file}`, 'aws-cdk-lib': `file:${cdk.path}` };
    await app.write({
      'package.json': JSON.stringify({ name: 'app', version: '1.0.0', private: true, dependencies }),
      // Without leniency for what a package does not name.
      'pnpm-workspace.yaml': 'hoist: false\n',
      '.yarnrc.yml': 'pnpFallbackMode: none\n',
      // Or Yarn would take a folder above for the project.
      'yarn.lock': '',
      'find.cjs': `
        const { createRequire } = require('node:module');
        const inside = createRequire(require.resolve('darkroom-images/package.json'));
        console.log(inside('aws-cdk-lib/package.json').version);`,
    });
    const { code, stdout, stderr } = await app.npx(...install);
    if (code !== 0) throw new Error(stdout + stderr);
  });
  afterAll(async () => {
    await app.remove();
    await cdk.remove();
  });

  test('finds the CDK of the app, though it names no range of it', async () => {
    expect((await app.npx(...node, 'find.cjs')).stdout).toBe('2.276.0\n');
  });
});
