import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isBootstrapped } from '../lib/adapters/aws/bootstrap.ts';
import { hashOfKey } from '../lib/core/api-keys.ts';

// `npm run deploy -- [--context name=value …] [any option of cdk deploy]`: everything from nothing to a running stack.

const options = process.argv.slice(2);
const outputsFile = 'cdk.out/outputs.json';

const run = (program: string, args: readonly string[]): void => {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
};

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const architecture = options.find((option) => option.includes('architecture='))?.split('architecture=')[1] ?? 'arm64';
say('1/3  sharp for Lambda');
run('node', ['layers/sharp/build.ts', architecture]);

say('2/3  is the account ready for the CDK?');
if (await isBootstrapped()) say('     yes');
else run('cdk', ['bootstrap', ...options]);

say('3/3  the stack');
run('cdk', ['deploy', '--outputs-file', outputsFile, ...options]);

const [outputs = {}] = Object.values(JSON.parse(readFileSync(outputsFile, 'utf8')) as Record<string, Outputs>);
say(nextSteps(outputs));

type Outputs = Partial<Record<'ApiUrl' | 'SiteUrl' | 'KeysSecret', string>>;

function nextSteps({ ApiUrl, SiteUrl, KeysSecret }: Outputs): string {
  const key = randomBytes(24).toString('base64url');
  const keys = `
After a first deploy no key is valid. This is a fresh one, shown once; the command makes it the only one that is (for
several, list the hashes of all of them):

  export DARKROOM_API_KEY=${key}
  aws secretsmanager put-secret-value --secret-id ${KeysSecret} --secret-string '["${hashOfKey(key)}"]'
`;
  return `
Darkroom is deployed. The API is at ${ApiUrl}, the pictures will be at ${SiteUrl}.
${KeysSecret === undefined ? '' : keys}
See that it answers:

  curl ${ApiUrl}/v1/health
  curl -H "authorization: Bearer $DARKROOM_API_KEY" ${ApiUrl}/v1/images

docs/aws.md says what it costs, how to watch it, and how to take it down again.`;
}
