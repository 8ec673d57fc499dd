import { execFile } from 'node:child_process';
import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));

export const account = '000000000000';
export const region = 'us-east-1';

/** The outputs of the stack. */
export type Outputs = Readonly<
  Record<
    'ApiUrl' | 'SiteUrl' | 'CdnDomain' | 'KeysSecret' | 'OriginalsBucket' | 'VariantsBucket' | 'Table' | 'QueueUrl',
    string
  >
>;

/** Of the pages that a browser shows in a test. It has no certificate, so these pages are not on HTTPS. */
export const pageOrigin = 'http://app.example';

/** The settings that a test deploys with: only the machine differs, because the functions run on this one. */
const context = {
  architecture: process.arch === 'arm64' ? 'arm64' : 'x86_64',
  allowedOrigins: `https://app.example,${pageOrigin}`,
};

/** What the set-up has deployed, and from where. */
export const deployed = (): { url: string; api: string; apiId: string; project: string; outputs: Outputs } => {
  const { DARKROOM_TEST_AWS: url, DARKROOM_TEST_AWS_PROJECT: project, DARKROOM_TEST_AWS_OUTPUTS: text } = process.env;
  if (url === undefined || project === undefined || text === undefined)
    throw new Error('This needs the set-up of npm run test:aws.');
  const outputs = JSON.parse(text) as Outputs;
  const [, apiId = ''] = /\/\/([a-z0-9]+)\./.exec(outputs.ApiUrl) ?? [];
  return { url, api: `${url}/_aws/execute-api/${apiId}/$default`, apiId, project, outputs };
};

/** A copy of the project after `npm ci`, with the presets of the tests, so that a test may change a line of it. */
export const cloneProject = async (folder: string): Promise<string> => {
  const project = join(folder, 'project');
  const left = new Set(['.git', 'node_modules', 'cdk.out', 'coverage', '.darkroom', join('bench', '.cache')]);
  await cp(root, project, { recursive: true, filter: (path) => !left.has(relative(root, path)) });
  await symlink(join(root, 'node_modules'), join(project, 'node_modules'));
  const settings = join(project, 'darkroom.config.ts');
  const own = await readFile(settings, 'utf8');
  const shipped = '{ ...shippedPresets }';
  if (!own.includes(shipped)) throw new Error(`darkroom.config.ts does not say ${shipped}`);
  const more = `import { testPresets } from './test/system/conformance/test-presets.ts';\n`;
  await writeFile(settings, more + own.replace(shipped, '{ ...shippedPresets, ...testPresets }'));
  return project;
};

/** `npm run deploy` of the project, to the emulator at the address: the layer, `cdk bootstrap`, `cdk deploy`. */
export const deploy = async (
  project: string,
  url: string,
  ...options: readonly string[]
): Promise<{ outputs: Outputs; log: string }> => {
  const log = await command(project, url, '--require-approval=never', '--progress=events', ...options);
  const { Darkroom } = JSON.parse(await readFile(join(project, 'cdk.out', 'outputs.json'), 'utf8')) as {
    Darkroom: Outputs;
  };
  return { outputs: Darkroom, log };
};

/** `npm run deploy -- --diff` of the project, with the settings of `deploy`. */
export const diff = (project: string, url: string): Promise<string> => command(project, url, '--diff');

const command = async (project: string, url: string, ...options: readonly string[]): Promise<string> => {
  const settings = Object.entries(context).flatMap(([name, value]) => ['--context', `${name}=${value}`]);
  const { stdout, stderr } = await run('node', ['bin/deploy.ts', ...settings, ...options], {
    cwd: project,
    timeout: 900_000,
    maxBuffer: 64 * 1024 * 1024,
    env: {
      ...process.env,
      PATH: [join(project, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: region,
    },
  });
  return stdout + stderr;
};
