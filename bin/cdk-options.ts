import { readFileSync } from 'node:fs';

/** One option, as the CDK's own table of options describes it. */
type Option = { readonly type: string; readonly alias?: string | readonly string[]; readonly count?: boolean };
type Options = Readonly<Record<string, Option>>;

const table = new URL('../node_modules/aws-cdk/lib/cli/cli-type-registry.json', import.meta.url);
const { globalOptions, commands } = JSON.parse(readFileSync(table, 'utf8')) as {
  globalOptions: Options;
  commands: Readonly<Record<'deploy' | 'bootstrap', { options: Options }>>;
};

const understood = { ...globalOptions, ...commands.bootstrap.options, ...commands.deploy.options };
const understoodByBootstrap = { ...globalOptions, ...commands.bootstrap.options };

/** One option as it was given, with its values; a word that belongs to no option has no name. */
type Given = {
  readonly name: string | undefined;
  readonly words: readonly string[];
  readonly values: readonly string[];
};

/** The options of `cdk deploy`, parsed as the CDK parses them. */
export const cdkOptions = (args: readonly string[]) => {
  const given = read(args);
  return {
    /** The options that `cdk bootstrap` knows too. */
    forBootstrap: given
      .filter(({ name }) => name !== undefined && name in understoodByBootstrap)
      .flatMap(({ words }) => words),
    valuesOf: (wanted: string): readonly string[] =>
      given.flatMap(({ name, values }) => (name === wanted ? values : [])),
  };
};

const read = (args: readonly string[]): readonly Given[] => {
  const [first, ...rest] = args;
  if (first === undefined) return [];
  if (!first.startsWith('-')) return [{ name: undefined, words: [first], values: [] }, ...read(rest)];
  const [, flag = '', attached] = /^([^=]+)(?:=(.*))?$/s.exec(first) ?? [];
  const name = nameOf(flag);
  const own = attached === undefined ? rest.slice(0, wordsAfter(name, rest)) : [];
  const values = attached === undefined ? own : [attached];
  return [{ name, words: [first, ...own], values }, ...read(rest.slice(own.length))];
};

/** `-c` and `--context` are one option; `--no-lookups` is the other answer of `--lookups`. */
const nameOf = (flag: string): string => {
  const long = flag.replace(/^--?/, '').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  if (flag.startsWith('--') && long in understood) return long;
  const short = flag.startsWith('--') ? long : (flag[1] ?? '');
  const [name] = Object.entries(understood).find(([, { alias = [] }]) => [alias].flat().includes(short)) ?? [];
  return name ?? long.replace(/^no-/, '');
};

const wordsAfter = (name: string, rest: readonly string[]): number => {
  const option = understood[name];
  const end = rest.findIndex((word) => word.startsWith('-'));
  const available = end < 0 ? rest.length : end;
  if (option?.type === 'array') return available;
  if (option?.type !== 'boolean') return Math.min(1, available);
  return option.count !== true && /^(?:true|false)$/.test(rest[0] ?? '') ? 1 : 0;
};
