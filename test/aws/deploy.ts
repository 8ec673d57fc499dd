import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

export const account = '000000000000';
export const region = 'us-east-1';

/** The outputs of the stack. */
export type Outputs = Readonly<
  Record<
    'ApiUrl' | 'SiteUrl' | 'CdnDomain' | 'KeysSecret' | 'OriginalsBucket' | 'VariantsBucket' | 'Table' | 'QueueUrl',
    string
  >
>;

/** The settings that a test deploys with: only the machine differs, because the functions run on this one. */
const context = {
  architecture: process.arch === 'arm64' ? 'arm64' : 'x86_64',
  allowedOrigins: 'https://app.example',
};

/** What the set-up has deployed. */
export const deployed = (): { url: string; api: string; outputs: Outputs } => {
  const { DARKROOM_TEST_AWS: url, DARKROOM_TEST_AWS_OUTPUTS: text } = process.env;
  if (url === undefined || text === undefined) throw new Error('This needs the set-up of npm run test:aws.');
  const outputs = JSON.parse(text) as Outputs;
  const [, id] = /\/\/([a-z0-9]+)\./.exec(outputs.ApiUrl) ?? [];
  return { url, api: `${url}/_aws/execute-api/${id}/$default`, outputs };
};

/** `cdk bootstrap` and `cdk deploy` of the real stack by the real program, to whatever answers at the address. */
export const deploy = async (url: string, folder: string): Promise<{ outputs: Outputs; log: string }> => {
  await program('node', [join(root, 'layers/sharp/build.ts'), context.architecture], url);
  // Both run the program of the stack, which wants the layer that has just been built and no other.
  const settings = Object.entries(context).flatMap(([name, value]) => ['--context', `${name}=${value}`]);
  await cdk(['bootstrap', `aws://${account}/${region}`, ...settings], url);
  const outputs = join(folder, 'outputs.json');
  const log = await cdk(
    [
      'deploy',
      '--require-approval=never',
      `--outputs-file=${outputs}`,
      `--output=${join(folder, 'cdk.out')}`,
      ...settings,
    ],
    url,
  );
  const { Darkroom } = JSON.parse(await readFile(outputs, 'utf8')) as { Darkroom: Outputs };
  return { outputs: Darkroom, log };
};

const cdk = (args: readonly string[], url: string) => program('cdk', args, url);

const program = async (name: string, args: readonly string[], url: string): Promise<string> => {
  const { stdout, stderr } = await run(name, [...args], {
    cwd: root,
    timeout: 300_000,
    maxBuffer: 64 * 1024 * 1024,
    env: {
      ...process.env,
      PATH: [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: region,
      CDK_DEFAULT_ACCOUNT: account,
      CDK_DEFAULT_REGION: region,
    },
  });
  return stdout + stderr;
};
