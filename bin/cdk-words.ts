import { type AccountLimit, concurrencyFor } from '../lib/adapters/aws/concurrency.ts';
import type { CdkOptions } from './cdk-options.ts';

/** What the deploy chooses by the account: the sentence about it, and the context for the CDK. */
export type Choice = { readonly said: string; readonly context: readonly string[] };

/** A setting that was given stays as it is; the sentence names it too. */
export const choiceFor = (limit: AccountLimit | undefined, given: Readonly<Record<string, unknown>>): Choice => {
  const choices = Object.entries(concurrencyFor(limit)).map(([name, fitting]) => {
    const chosen = given[name];
    return { said: `${name} ${chosen ?? fitting}`, context: chosen === undefined ? `${name}=${fitting}` : undefined };
  });
  return {
    said: `the account ${wordsOf(limit)}: ${choices.map(({ said }) => said).join(', ')}`,
    context: choices.flatMap(({ context }) => (context === undefined ? [] : ['--context', context])),
  };
};

const wordsOf = (limit: AccountLimit | undefined): string => {
  if (!limit) return 'does not say how many functions it may run at once';
  const may = `may run ${limit.functions} functions at once`;
  return limit.ours === undefined ? `${may}, and does not say how many places this stack has reserved` : may;
};

/** Where the outputs of the stack are written, unless the caller names a file. */
export const usualOutputsFile = 'cdk.out/outputs.json';

/** The words of `cdk deploy`. Those of the caller come before the choice, whose `--context` would take a name of a stack too. */
export const deployWords = (
  args: readonly string[],
  { outputsFile }: Pick<CdkOptions, 'outputsFile'>,
  { context }: Choice,
): readonly string[] => [
  'deploy',
  ...(outputsFile === undefined ? ['--outputs-file', usualOutputsFile] : []),
  ...args,
  ...context,
];

/** The words of `cdk diff`, with the context of the deploy. It compares templates alone: a change set needs the right to make one. */
export const diffWords = (args: readonly string[], { context }: Choice): readonly string[] => [
  ...['diff', '--method', 'template'],
  ...args.filter((word) => word !== '--diff'),
  ...context,
];
