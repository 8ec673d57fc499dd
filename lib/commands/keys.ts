import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { storedKeys } from '../contract/api-keys.ts';
import { hashOfKey } from '../core/api-keys.ts';
import { type Right, rights, type StoredKey } from '../core/grants.ts';
import { CommandEnd, type Shell } from './shell.ts';
import { writeJson, writeTable } from './table.ts';

/** The list that DARKROOM_KEYS and the secret of the AWS home hold, kept in a file. docs/decisions.md#keys-in-a-file */
export const keysCommand = (shell: Shell): Command =>
  new Command('keys')
    .description('Manage API keys in a file. It holds hashes and rights, never a key.')
    .addCommand(makeCommand(shell))
    .addCommand(listCommand(shell))
    .addCommand(revokeCommand(shell))
    .addHelpText(
      'after',
      `
A service takes the list when it starts: DARKROOM_KEYS="$(cat keys.json)" on one box. On AWS, put it into the secret:
  aws secretsmanager put-secret-value --secret-id <the secret> --secret-string file://keys.json

Examples:
  darkroom keys make --file keys.json --name shop --rights upload read --collections shop-
  darkroom keys revoke --file keys.json shop`,
    );

const withFile = (command: Command, example: string): Command =>
  command
    .requiredOption('--file <file>', 'file with the list of keys')
    .addHelpText('after', `\nExample:\n  darkroom keys ${example}`);

type Wanted = {
  readonly file: string;
  readonly name: string;
  readonly rights: readonly Right[];
  readonly collections?: readonly string[];
  readonly json?: true;
};

const makeCommand = (shell: Shell): Command =>
  withFile(new Command('make'), 'make --file keys.json --name shop --rights upload read --collections shop-')
    .description('Make a key, add its hash to the file, and print the key. It is not kept and cannot be shown again.')
    .requiredOption('--name <name>', 'name of the key, for people')
    .addOption(new Option('--rights <rights...>', 'what the key may do').choices(rights).default(rights))
    .option('--collections <prefixes...>', 'collections that it may touch, by the beginnings of their names')
    .option('--json', 'print one JSON object per line')
    .action(({ file, name, rights, collections, json }: Wanted) => {
      const keys = readKeys(file, 'may be missing');
      if (keys.some((key) => nameOf(key) === name))
        throw new CommandEnd('failed', `${file} has a key with the name ${name} already. Choose another name.`);
      const key = shell.chance() + shell.chance();
      writeKeys(file, [...keys, { name, sha256: hashOfKey(key), rights, ...(collections && { collections }) }]);
      if (json) writeJson(shell, { name, key });
      else shell.out.write(`${key}\n`);
    });

const listCommand = (shell: Shell): Command =>
  withFile(new Command('list'), 'list --file keys.json')
    .description('List the keys of the file: name, beginning of the hash, rights and collections.')
    .option('--json', 'print one JSON object per line')
    .action(({ file, json }: { file: string; json?: true }) => {
      const entries = readKeys(file).map((key) => (typeof key === 'string' ? { sha256: key, rights } : key));
      if (json) for (const entry of entries) writeJson(shell, entry);
      else
        writeTable(
          shell,
          ['NAME', 'SHA-256', 'RIGHTS', 'COLLECTIONS'],
          entries.map((entry) => [
            nameOf(entry) ?? '-',
            entry.sha256.slice(0, 12),
            entry.rights.join(','),
            ('collections' in entry ? entry.collections : undefined)?.map((prefix) => `${prefix}*`).join(',') ?? 'all',
          ]),
        );
    });

const revokeCommand = (shell: Shell): Command =>
  withFile(new Command('revoke'), 'revoke --file keys.json shop')
    .description('Remove a key from the file. A service refuses it once it has the new list.')
    .argument('<key>', 'name of the key, or the first 8 or more digits of its hash')
    .option('--json', 'print one JSON object per line')
    .action((wanted: string, { file, json }: { file: string; json?: true }) => {
      const keys = readKeys(file);
      const found = keys.filter((key) => nameOf(key) === wanted || isBeginning(wanted, key));
      if (found.length !== 1)
        throw new CommandEnd(
          'failed',
          found.length === 0
            ? `${file} has no key ${wanted}. "darkroom keys list" shows what it has.`
            : `${file} has ${found.length} keys of which ${wanted} could be one. Give more digits of the hash.`,
        );
      writeKeys(
        file,
        keys.filter((key) => key !== found[0]),
      );
      if (json) writeJson(shell, { revoked: wanted });
      shell.err.write(`The key ${wanted} is no longer in ${file}.\n`);
    });

const nameOf = (key: StoredKey): string | undefined => (typeof key === 'string' ? undefined : key.name);

const isBeginning = (digits: string, key: StoredKey): boolean =>
  /^[0-9a-f]{8,64}$/i.test(digits) &&
  (typeof key === 'string' ? key : key.sha256).toLowerCase().startsWith(digits.toLowerCase());

const readKeys = (file: string, absence?: 'may be missing'): readonly StoredKey[] => {
  if (absence === 'may be missing' && !existsSync(file)) return [];
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CommandEnd('failed', `${file} cannot be read. "darkroom keys make" writes a file of keys.`, { cause });
  }
  const { data } = storedKeys.safeParse(parsed(text));
  if (!data)
    throw new CommandEnd(
      'failed',
      `${file} is not a list of keys, such as [{"name":"shop","sha256":"…","rights":["upload"]}].`,
    );
  return data;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** The file is replaced as a whole, and only its owner may read it. */
const writeKeys = (file: string, keys: readonly StoredKey[]): void => {
  const draft = `${file}.new`;
  try {
    writeFileSync(draft, `${JSON.stringify(keys, undefined, 2)}\n`, { mode: 0o600 });
    renameSync(draft, file);
  } catch (cause) {
    rmSync(draft, { force: true });
    throw new CommandEnd('failed', `${file} cannot be written. Name another file by --file.`, { cause });
  }
};
