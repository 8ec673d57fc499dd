import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import type * as z from 'zod';
import * as environment from '../lib/environment.ts';
import { shapeOf } from './shapes.ts';

type Declared = { readonly root: string; readonly work: string };

/**
 * The declarations of an entry of the package and of all that they name, by their paths from the root of the checkout.
 * Types that zod infers are written out, and paths end as they do in JavaScript.
 */
export const declarationsOf = async (
  entry: string,
  tsconfig: string,
  { root, work }: Declared,
): Promise<ReadonlyMap<string, string>> => {
  const out = join(work, entry.replaceAll(/\W/g, '-'));
  emit(entry, tsconfig, out, root, work);
  const found = new Map<string, string>();
  const visit = async (path: string): Promise<void> => {
    if (found.has(path)) return;
    const text = await withoutZod(readFileSync(join(out, path), 'utf8'), join(root, path.replace(/\.d\.ts$/, '.ts')));
    found.set(path, text.replaceAll(/(['"])(\.\.?\/[^'"]+)\.ts\1/g, '$1$2.js$1'));
    for (const [, to = ''] of text.matchAll(/['"](\.\.?\/[^'"]+)\.ts['"]/g))
      await visit(relative('.', join(dirname(path), `${to}.d.ts`)));
  };
  await visit(entry.replace(/\.ts$/, '.d.ts'));
  return found;
};

const emit = (entry: string, tsconfig: string, out: string, root: string, work: string): void => {
  const project = join(work, `${entry.replaceAll(/\W/g, '-')}.json`);
  const options = {
    extends: join(root, tsconfig),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      outDir: out,
      rootDir: root,
      typeRoots: [join(root, 'node_modules/@types')],
    },
    files: [join(root, entry)],
    include: [],
  };
  mkdirSync(work, { recursive: true });
  writeFileSync(project, JSON.stringify(options));
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', project], { stdio: ['ignore', 'inherit', 'inherit'] });
};

/** Top-level statements, each with the comment above it. */
const statementsOf = (text: string): readonly string[] => {
  const parts = text.split(/^(?=\/\*\*|export\b|declare\b|import\b|type\b|interface\b)/m);
  const statements: string[] = [];
  for (const part of parts) {
    const comment = /^\/\*\*[\s\S]*\*\/\s*$/.test(statements.at(-1) ?? '') ? statements.pop() : '';
    statements.push(`${comment}${part}`);
  }
  return statements;
};

const withoutZod = async (text: string, source: string): Promise<string> => {
  if (!/from ['"]zod['"]/.test(text)) return text;
  if (!existsSync(source)) throw new Error(`${source} does not exist.`);
  const schemas = (await import(source)) as Readonly<Record<string, z.ZodType>>;
  const kept = statementsOf(text).filter(
    (statement) =>
      !/from ['"]zod['"]/.test(statement) &&
      !/^(?:\/\*\*[\s\S]*?\*\/\s*)?(?:export )?declare const \w+: (?!.*=>)[\s\S]*\bz\./.test(statement),
  );
  const shapes = kept
    .join('')
    .replaceAll(/z\.(input|output)<typeof (\w+)>/g, (_all, io: 'input' | 'output', name: string) =>
      shapeOf(schemaNamed(name, schemas, source), io),
    )
    // Indexed types.
    .replace('z.output<(typeof environments)[Name]>', () => `${variablesOfFunctions()}[Name]`)
    .replace('keyof typeof environments', () => Object.keys(environment.environments).map(quoted).join(' | '));
  if (/\bz\./.test(shapes)) throw new Error(`${source}: zod is left in its declarations:\n${shapes}`);
  return `${shapes}\nexport {};\n`;
};

const schemaNamed = (name: string, schemas: Readonly<Record<string, z.ZodType>>, source: string): z.ZodType => {
  const schema = schemas[name];
  if (!schema) throw new Error(`${source} does not export ${name}, whose type the package has to declare.`);
  return schema;
};

const variablesOfFunctions = (): string =>
  `{ ${Object.entries(environment.environments)
    .map(([name, schema]) => `${quoted(name)}: ${shapeOf(schema, 'output')}`)
    .join('; ')} }`;

const quoted = (name: string): string => `'${name}'`;
