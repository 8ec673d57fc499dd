import { parseArgs } from 'node:util';

/** The options of `cdk deploy` that this command reads too. Every word goes to `cdk deploy` as it was given. */
const options = {
  profile: { type: 'string' },
  region: { type: 'string' },
  context: { type: 'string', short: 'c' },
  'outputs-file': { type: 'string', short: 'O' },
  // The CDK takes each option in camel case as well.
  outputsFile: { type: 'string' },
} as const;

export type CdkOptions = {
  readonly profile: string | undefined;
  readonly region: string | undefined;
  readonly outputsFile: string | undefined;
  /** Each as `name=value`. */
  readonly context: readonly string[];
};

/** The last value of a repeated option counts; of `--context`, every value counts. */
export const cdkOptions = (args: readonly string[]): CdkOptions => {
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  const values = new Map<string, string>();
  const context: string[] = [];
  // As in `--context a=1 b=2`: this one option takes every word up to the next option.
  let takesMore = false;
  for (const token of tokens)
    if (token.kind === 'option') {
      const value = token.value?.replace(/^=/, '');
      takesMore = token.name === 'context' && token.inlineValue === false;
      if (value !== undefined && token.name === 'context') context.push(value);
      else if (value !== undefined) values.set(token.name, value);
    } else if (token.kind === 'positional' && takesMore) context.push(token.value);
  return {
    profile: values.get('profile'),
    region: values.get('region'),
    outputsFile: values.get('outputs-file') ?? values.get('outputsFile'),
    context,
  };
};

/** What `cdk bootstrap` has to know of a deploy: in which account and region, and the settings of the app. */
export const forBootstrap = ({ profile, region, context }: CdkOptions): readonly string[] => [
  ...(profile === undefined ? [] : ['--profile', profile]),
  ...(region === undefined ? [] : ['--region', region]),
  ...context.flatMap((setting) => ['--context', setting]),
];
