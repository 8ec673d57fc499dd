import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { accountLimit } from '../lib/adapters/aws/account-limit.ts';
import { isBootstrapped } from '../lib/adapters/aws/bootstrap.ts';
import { hasKeys } from '../lib/adapters/aws/has-keys.ts';
import { readDeploySettings } from '../lib/infra/deploy-settings.ts';
import { cdkOptions, forBootstrap } from './cdk-options.ts';
import { type Choice, choiceFor, deployWords, diffWords, usualOutputsFile } from './cdk-words.ts';
import { checkDeploy } from './check-deploy.ts';
import { drill } from './drill.ts';
import { wordsOnKeys } from './first-key.ts';

// `npm run deploy -- [--context name=value …] [any option of cdk deploy]`: everything from nothing to a running stack.
// With `--check` it deploys nothing: it looks whether a deploy would succeed, and says what limits it. With `--diff` it
// shows what a deploy would change. With `--drill` it makes the alarms of the deployed stack go off.

const args = process.argv.slice(2);
const options = cdkOptions(args);
const { profile, region, outputsFile = usualOutputsFile } = options;

const run = (program: string, args: readonly string[]): void => {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
};

const say = (text: string): void => void process.stdout.write(`${text}\n`);

if (args.includes('--check')) {
  const { text, isPossible } = await checkDeploy(where(), settings());
  say(text);
  process.exit(isPossible ? 0 : 1);
}

if (args.includes('--drill')) process.exit(await drill(where(), settings(), args, say));

if (args.includes('--diff')) {
  run('cdk', diffWords(args, await choice()));
  process.exit(0);
}

say('1/2  is the account ready for the CDK?');
const ready = await lookAtAccount();
if (ready === false) run('cdk', ['bootstrap', ...forBootstrap(options)]);
else say(ready ? '     yes' : '     it could not be asked (yet); if it is not ready, the next step says so');

say('2/2  the stack, and before it sharp for Lambda');
const chosen = await choice();
rmSync(outputsFile, { force: true });
run('cdk', deployWords(args, options, chosen));

// A change set that was only prepared has no outputs.
if (existsSync(outputsFile)) {
  const [outputs = {}] = Object.values(JSON.parse(readFileSync(outputsFile, 'utf8')) as Record<string, Outputs>);
  say(await nextSteps(outputs));
}

/** For the SDK. The CDK listens to both variables for the region, the SDK to the first alone. */
function where() {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  const asked = region ?? AWS_REGION ?? AWS_DEFAULT_REGION;
  return { ...(profile !== undefined && { profile }), ...(asked !== undefined && { region: asked }) };
}

/** As the CDK finds the settings: the command line wins over cdk.json, and its last word over those before. */
function settings(): Readonly<Record<string, unknown>> {
  const { context = {} } = JSON.parse(readFileSync('cdk.json', 'utf8')) as { context?: Record<string, unknown> };
  const given = options.context.map((setting) => {
    const [name = '', ...value] = setting.split('=');
    return [name, value.join('=')] as const;
  });
  return { ...context, ...Object.fromEntries(given) };
}

async function lookAtAccount(): Promise<boolean | undefined> {
  try {
    return await isBootstrapped(where());
  } catch (error) {
    say(`     ${String(error)}

AWS could not be asked. This needs credentials and a region, from the environment or a profile; see that

  aws sts get-caller-identity${whereabouts()}

answers, and name the region by AWS_REGION or --region.`);
    process.exit(1);
  }
}

/** The defaults follow from how many functions the account may run at once. */
async function choice(): Promise<Choice> {
  const given = settings();
  const { stackName } = readDeploySettings((name) => given[name], Object.keys(given));
  const made = choiceFor(await accountLimit(where(), stackName), given);
  say(`     ${made.said}`);
  return made;
}

type Outputs = Partial<Record<'ApiUrl' | 'SiteUrl' | 'KeysSecret', string>>;

/** The options with which an `aws` command reaches the same account and region. */
function whereabouts(): string {
  return [...(profile ? [` --profile ${profile}`] : []), ...(region ? [` --region ${region}`] : [])].join('');
}

async function nextSteps({ ApiUrl, SiteUrl, KeysSecret }: Outputs): Promise<string> {
  return `
Darkroom is deployed. The API is at ${ApiUrl}, the pictures will be at ${SiteUrl}.
${KeysSecret === undefined ? '' : await keysOf(KeysSecret)}
See that it answers:

  curl ${ApiUrl}/v1/health
  curl -H "authorization: Bearer $DARKROOM_API_KEY" ${ApiUrl}/v1/images

docs/aws.md says what it costs, how to watch it, and how to take it down again.`;
}

async function keysOf(secret: string): Promise<string> {
  // The deploy has succeeded even if the secret cannot be read.
  const areThere = await hasKeys(secret, where()).catch((error) => void say(`\n${String(error)}`));
  return wordsOnKeys(areThere, { secret, whereabouts: whereabouts(), isLogged: process.env.GITHUB_ACTIONS === 'true' });
}
