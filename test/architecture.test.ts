import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { codeOf, type Import, importsOf, type Sources } from './support/imports.ts';

const root = join(import.meta.dirname, '..');

/**
 * What each part may import besides itself; `types` are parts of which it may know the types, but run nothing. Why these
 * rules are no settings of the linter: docs/decisions.md#import-rules
 */
const parts: Record<string, { readonly may: readonly string[]; readonly types?: readonly string[] }> = {
  core: { may: [] },
  ports: { may: ['core'] },
  contract: { may: ['core'] },
  routes: { may: ['contract', 'core'] },
  render: { may: ['ports', 'core'] },
  'adapters/aws': { may: ['contract', 'ports', 'core'] },
  'adapters/local': { may: ['contract', 'ports', 'core'] },
  pipeline: { may: ['contract', 'ports', 'core'] },
  openapi: { may: ['routes', 'contract', 'core'] },
  api: { may: ['openapi', 'pipeline', 'routes', 'contract', 'ports', 'core'] },
  work: { may: ['pipeline', 'contract', 'ports', 'core'] },
  handlers: { may: ['api', 'work', 'pipeline', 'routes', 'contract', 'ports', 'core'] },
  // The host of the one-box home is the server in front of the local stores, as S3 is in front of its own.
  local: { may: ['adapters/local', 'api', 'work', 'pipeline', 'routes', 'contract', 'ports', 'core'] },
  // Each is a program of its own: what it needs of the service comes from the client or, on local files, from the host.
  commands: {
    may: [
      ...['adapters/aws', 'adapters/local', 'client', 'render', 'local', 'pipeline', 'contract'],
      ...['ports', 'core'],
    ],
  },
  environment: { may: [] },
  // The table's keys and indexes are written down once, beside the adapter that uses them.
  infra: { may: ['adapters/aws', 'environment', 'routes', 'contract', 'ports', 'core'], types: ['handlers'] },
  client: { may: [], types: ['contract'] },
  'client/element': { may: ['client'], types: ['contract'] },
  console: { may: ['client'], types: ['contract'] },
  web: { may: ['client'], types: ['contract'] },
  config: { may: ['core'] },
  layers: { may: [] },
  functions: {
    may: [
      ...['adapters/aws', 'environment', 'render', 'api', 'work', 'handlers', 'pipeline', 'routes', 'contract'],
      ...['ports', 'core', 'config'],
    ],
  },
  // How the npm packages are built; package/inside takes the place of files that need a checkout.
  package: {
    may: [...['bin', 'client', 'contract', 'core', 'environment', 'infra', 'layers', 'ports', 'render']],
  },
  bin: {
    may: [
      ...['adapters/aws', 'adapters/local', 'render', 'work', 'local', 'infra', 'commands', 'pipeline'],
      ...['routes', 'contract', 'ports', 'core', 'config', 'layers'],
    ],
  },
};

/** `lib/adapters/aws/x.ts` is of `adapters/aws`, `lib/client/element/x.ts` of `client/element`, `lib/ports.ts` of `ports`, `bin/app.ts` of `bin`. */
const partOf = (path: string): string | undefined => {
  if (path === 'darkroom.config.ts') return 'config';
  const name = /^(?:lib\/)?((?:adapters\/[^/]+|client\/element)(?=\/)|[^/.]+)/.exec(path)?.[1];
  return name !== undefined && Object.hasOwn(parts, name) ? name : undefined;
};

type Project = {
  readonly sources: Sources;
  readonly code: Sources;
  readonly imports: readonly Import[];
};
type Rule = { readonly rule: string; readonly broken: (project: Project) => readonly string[] };

const inwards = Object.entries(parts).map(([part, { may, types = [] }]): Rule => {
  const allowed = [...may, ...types.map((type) => `types of ${type}`)].join(', ') || 'none';
  return {
    rule: `of our other parts, ${part} imports ${allowed}`,
    broken: ({ imports }) =>
      imports
        .filter(({ from, to }) => partOf(from) === part && to.endsWith('.ts') && partOf(to) !== part)
        .filter(({ to, typeOnly }) => !may.includes(`${partOf(to)}`) && !(typeOnly && types.includes(`${partOf(to)}`)))
        .map(arrow),
  };
});

/** A package, and the only places that may import it. */
const fences = (
  [
    ['sharp', /^sharp$|^@img\//, ['lib/render/']],
    ['@aws-sdk', /^@(aws-sdk|smithy)\//, ['lib/adapters/aws/', 'functions/']],
    ['node:sqlite', /^node:sqlite$/, ['lib/adapters/local/', 'package/inside/sqlite.ts']],
    ['zod-openapi', /^zod-openapi/, ['lib/openapi/']],
    ['@middy', /^@middy\//, ['lib/handlers/']],
    [
      'aws-cdk-lib, and constructs,',
      /^(aws-cdk-lib|constructs)(\/|$)/,
      ['lib/infra/', 'bin/app.ts', 'package/inside/'],
    ],
    ['node:process', /^(node:)?process$/, ['bin/', 'functions/']],
  ] as const
).map(
  ([name, packages, places]): Rule => ({
    rule: `${name} is imported only in ${places.join(' and ')}`,
    broken: (project) =>
      packagesOf(project)
        .filter(({ from, to }) => packages.test(to) && !isIn(places, from))
        .map(arrow),
  }),
);

const edges = ['bin/', 'functions/', 'lib/adapters/', 'lib/local/', 'lib/client/', 'lib/console/', 'lib/web/'];

/** Something that code does, and the only places that may do it. */
const deeds = (
  [
    ['the environment', /\bprocess(\?\.|\.|\[["'`])env\b|\{[^{}]*\benv\b[^{}]*\}=process\b/, ['bin/', 'functions/']],
    ['the clock', /\bDate\.now\b|\bnew Date\b(?!\([^)])|(?<!new )\bDate\(/, edges],
    ['chance', /\bMath\.random\b|\b(randomBytes|randomUUID|randomInt|getRandomValues)\b/, edges],
    // In lib/infra it is text: the head of a bundle.
    ['createRequire, which hides imports,', /\bcreateRequire\b/, ['lib/render/', 'lib/infra/', 'package/']],
  ] as const
).map(
  ([name, pattern, places]): Rule => ({
    rule: `${name} is used only in ${places.join(' and ')}`,
    broken: ({ code }) =>
      [...code].flatMap(([path, text]) => {
        const found = isIn(places, path) ? null : pattern.exec(text);
        return found ? [`${path} → ${found[0]}`] : [];
      }),
  }),
);

const rest: readonly Rule[] = [
  {
    rule: 'every file belongs to a part',
    broken: ({ sources }) => [...sources.keys()].filter((path) => partOf(path) === undefined),
  },
  {
    rule: 'core imports no package but zod for its configuration, and hashes for the keys and tokens of the API',
    broken: (project) => {
      const hashing = ['api-keys', 'watch-token'].map((file) => `lib/core/${file}.ts node:crypto`);
      const allowed = ['lib/core/config.ts zod', ...hashing];
      return packagesOf(project)
        .filter(({ from, to }) => partOf(from) === 'core' && !allowed.includes(`${from} ${to}`))
        .map(arrow);
    },
  },
  {
    rule: 'ports, client and web import no package',
    broken: (project) =>
      packagesOf(project)
        .filter(({ from }) => isIn(['lib/ports.ts', 'lib/client/', 'lib/console/', 'lib/web/'], from))
        .map(arrow),
  },
  {
    rule: 'a name is exported by one file only',
    broken: ({ sources }) => declaredTwice(sources),
  },
];

const rules = [...inwards, ...fences, ...deeds, ...rest];

const arrow = ({ from, to }: Import) => `${from} → ${to}`;
const isIn = (places: readonly string[], path: string) => places.some((place) => path.startsWith(place));
const packagesOf = ({ imports }: Project) => imports.filter(({ to }) => !/\.(ts|json)$/.test(to));

/** An export that is declared in the file; one that is passed on has its home elsewhere. */
const declaration = /^export (?:async function|function|class|const|type|interface) (\w+)/gm;

/** Each of these files takes the place of another one in the package, under its names. */
const standIns = 'package/inside/';

/** The name by which AWS Lambda calls the entry point of each function. */
const namesOfEach = ['handler'];

const declaredTwice = (sources: Sources): readonly string[] => {
  const declared = [...sources]
    .filter(([path]) => !path.startsWith(standIns))
    .flatMap(([path, text]) => [...text.matchAll(declaration)].map(([, name = '']) => ({ name, path })));
  return [...Map.groupBy(declared, ({ name }) => name)]
    .filter(([name, homes]) => homes.length > 1 && !namesOfEach.includes(name))
    .map(([name, homes]) => `${name} → ${homes.map(({ path }) => path).join(', ')}`);
};

const projectOf = async (sources: Sources): Promise<Project> => {
  const code = await Promise.all([...sources].map(async ([path, text]) => [path, await codeOf(text)] as const));
  return { sources, code: new Map(code), imports: await importsOf(sources) };
};

/** Offences as they are reported: what, and against which rule. */
const report = (project: Project) =>
  rules.flatMap(({ rule, broken }) => broken(project).map((offence) => `${offence} (${rule})`));

describe('in this project', () => {
  let project: Project;
  beforeAll(async () => {
    const paths = globSync(['{bin,functions,lib,package}/**/*.ts', 'darkroom.config.ts'], { cwd: root });
    const read = paths.map((path) => [path.replaceAll('\\', '/'), readFileSync(join(root, path), 'utf8')] as const);
    project = await projectOf(new Map(read));
  });

  test('there are sources and imports to look at', () => {
    expect([...project.sources.keys()]).toEqual(
      expect.arrayContaining(['darkroom.config.ts', 'lib/core/plan.ts', 'lib/ports.ts']),
    );
    expect(project.imports.map(arrow)).toEqual(
      expect.arrayContaining(['lib/ports.ts → lib/core/image.ts', 'darkroom.config.ts → lib/core/config.ts']),
    );
  });

  const steps = globSync('lib/pipeline/*.ts', { cwd: root }).map((path) => basename(path, '.ts'));

  test.each(steps)('the step %s has a test file of its own, which imports it', (step) => {
    const test = readFileSync(join(root, 'test/pipeline', `${step}.test.ts`), 'utf8');
    expect(test).toContain(`'../../lib/pipeline/${step}.ts'`);
  });

  test.each(rules)('$rule', ({ rule, broken }) => {
    expect(broken(project).map((offence) => `${offence} (${rule})`)).toEqual([]);
  });
});

/** Made-up files, each of which breaks one rule and is reported as this. */
const offenders: readonly (readonly [path: string, text: string, offence: string])[] = [
  ['lib/utils/text.ts', 'export {}', 'lib/utils/text.ts'],
  ['lib/adapters/loose.ts', 'export {}', 'lib/adapters/loose.ts'],
  ['lib/core/a.ts', "import '../ports.ts'", 'lib/core/a.ts → lib/ports.ts'],
  ['lib/core/a.ts', "import type { Clock } from '../ports.ts'", 'lib/core/a.ts → lib/ports.ts'],
  ['lib/core/a.ts', "export type {\n  Clock,\n} from '../ports.ts'", 'lib/core/a.ts → lib/ports.ts'],
  ['lib/core/a.ts', "export * from '../render/b.ts'", 'lib/core/a.ts → lib/render/b.ts'],
  ['lib/core/a.ts', "import x from '../unheard/of.ts'", 'lib/core/a.ts → lib/unheard/of.ts'],
  ['lib/ports.ts', "import { type S } from './contract/requests.ts'", 'lib/ports.ts → lib/contract/requests.ts'],
  [
    'lib/contract/requests.ts',
    "import { s } from '../pipeline/sweep.ts'",
    'lib/contract/requests.ts → lib/pipeline/sweep.ts',
  ],
  ['lib/routes.ts', "import { h } from './handlers/render.ts'", 'lib/routes.ts → lib/handlers/render.ts'],
  ['lib/openapi/a.ts', "import { h } from '../handlers/render.ts'", 'lib/openapi/a.ts → lib/handlers/render.ts'],
  ['layers/sharp/a.ts', "import '../../lib/ports.ts'", 'layers/sharp/a.ts → lib/ports.ts'],
  ['lib/render/a.ts', "import { m } from '../contract/requests.ts'", 'lib/render/a.ts → lib/contract/requests.ts'],
  ['lib/adapters/aws/a.ts', "import '../local/b.ts'", 'lib/adapters/aws/a.ts → lib/adapters/local/b.ts'],
  ['lib/adapters/local/a.ts', "import '../aws/b.ts'", 'lib/adapters/local/a.ts → lib/adapters/aws/b.ts'],
  ['lib/pipeline/a.ts', "await import('../adapters/aws/b.ts')", 'lib/pipeline/a.ts → lib/adapters/aws/b.ts'],
  ['lib/pipeline/a.ts', "import '../render/b.ts'", 'lib/pipeline/a.ts → lib/render/b.ts'],
  ['lib/api/a.ts', "import '../handlers/b.ts'", 'lib/api/a.ts → lib/handlers/b.ts'],
  ['lib/work/a.ts', "import '../api/b.ts'", 'lib/work/a.ts → lib/api/b.ts'],
  ['lib/handlers/a.ts', "import '../adapters/aws/b.ts'", 'lib/handlers/a.ts → lib/adapters/aws/b.ts'],
  ['lib/local/a.ts', "import '../infra/b.ts'", 'lib/local/a.ts → lib/infra/b.ts'],
  ['lib/commands/a.ts', "import '../infra/b.ts'", 'lib/commands/a.ts → lib/infra/b.ts'],
  ['lib/environment.ts', "import './contract/requests.ts'", 'lib/environment.ts → lib/contract/requests.ts'],
  ['lib/infra/a.ts', "import '../local/b.ts'", 'lib/infra/a.ts → lib/local/b.ts'],
  ['lib/client/a.ts', "import { m } from '../contract/requests.ts'", 'lib/client/a.ts → lib/contract/requests.ts'],
  ['lib/client/a.ts', "import type { K } from '../core/object-keys.ts'", 'lib/client/a.ts → lib/core/object-keys.ts'],
  ['lib/web/a.ts', "import '../local/b.ts'", 'lib/web/a.ts → lib/local/b.ts'],
  ['lib/console/a.ts', "import '../local/b.ts'", 'lib/console/a.ts → lib/local/b.ts'],
  ['darkroom.config.ts', "import './lib/render/a.ts'", 'darkroom.config.ts → lib/render/a.ts'],
  ['functions/api.ts', "import '../lib/adapters/local/b.ts'", 'functions/api.ts → lib/adapters/local/b.ts'],
  ['functions/api.ts', "import { S } from '../lib/infra/stack.ts'", 'functions/api.ts → lib/infra/stack.ts'],
  ['bin/app.ts', "import '../functions/api.ts'", 'bin/app.ts → functions/api.ts'],
  ['package/a.ts', "import '../lib/pipeline/sweep.ts'", 'package/a.ts → lib/pipeline/sweep.ts'],
  ['lib/pipeline/a.ts', "import sharp from 'sharp'", 'lib/pipeline/a.ts → sharp'],
  ['bin/a.ts', "import '@aws-sdk/client-s3'", 'bin/a.ts → @aws-sdk/client-s3'],
  ['lib/local/a.ts', "import { DatabaseSync } from 'node:sqlite'", 'lib/local/a.ts → node:sqlite'],
  ['lib/handlers/a.ts', "import { createDocument } from 'zod-openapi'", 'lib/handlers/a.ts → zod-openapi'],
  ['functions/a.ts', "import middy from '@middy/core'", 'functions/a.ts → @middy/core'],
  ['bin/darkroom.ts', "import { App } from 'aws-cdk-lib/core'", 'bin/darkroom.ts → aws-cdk-lib/core'],
  ['functions/a.ts', "import type { Construct } from 'constructs'", 'functions/a.ts → constructs'],
  ['lib/local/a.ts', "import { env } from 'node:process'", 'lib/local/a.ts → node:process'],
  ['lib/core/object-keys.ts', "import * as z from 'zod'", 'lib/core/object-keys.ts → zod'],
  ['lib/core/config.ts', "import 'node:fs'", 'lib/core/config.ts → node:fs'],
  ['lib/ports.ts', "import type { S3Event } from 'aws-lambda'", 'lib/ports.ts → aws-lambda'],
  ['lib/client/a.ts', "import 'node:fs'", 'lib/client/a.ts → node:fs'],
  ['lib/client/a.ts', "import './element/b.ts'", 'lib/client/a.ts → lib/client/element/b.ts'],
  [
    'lib/client/element/a.ts',
    "import '../../core/object-keys.ts'",
    'lib/client/element/a.ts → lib/core/object-keys.ts',
  ],
  ['lib/local/a.ts', 'f(process.env.HOME)', 'lib/local/a.ts → process.env'],
  ['lib/local/a.ts', "f(process['env'].HOME)", 'lib/local/a.ts → process["env'],
  ['lib/local/a.ts', 'const { env } = process', 'lib/local/a.ts → {env}=process'],
  ['lib/pipeline/a.ts', 'f(Date.now())', 'lib/pipeline/a.ts → Date.now'],
  ['lib/render/a.ts', 'f(new Date())', 'lib/render/a.ts → new Date'],
  ['lib/render/a.ts', 'f(new Date)', 'lib/render/a.ts → new Date'],
  ['lib/render/a.ts', 'f(Date())', 'lib/render/a.ts → Date('],
  ['lib/core/a.ts', 'f(Math.random())', 'lib/core/a.ts → Math.random'],
  ['lib/handlers/a.ts', "import { randomUUID as id } from 'node:crypto'; id()", 'lib/handlers/a.ts → randomUUID'],
  ['lib/pipeline/a.ts', 'crypto.getRandomValues(b)', 'lib/pipeline/a.ts → getRandomValues'],
  [
    'lib/local/a.ts',
    "import { createRequire } from 'node:module'; createRequire(x)('sharp')",
    'lib/local/a.ts → createRequire',
  ],
];

describe('the checker', () => {
  test.each(offenders)('reports %s: %s', async (path, text, offence) => {
    const reported = report(await projectOf(new Map([[path, text]])));
    expect(reported.map((line) => line.replace(/ \(.*/, ''))).toEqual([offence]);
  });

  test('has an offender for every rule', async () => {
    const all = await Promise.all(offenders.map(([path, text]) => projectOf(new Map([[path, text]]))));
    const unbroken = rules.filter(({ broken }) => all.every((project) => broken(project).length === 0));
    expect(unbroken.map(({ rule }) => rule)).toEqual(['a name is exported by one file only']);
  });

  test('reports a name that two files export, a type and a value as well', async () => {
    const sources = new Map([
      ['lib/core/a.ts', 'export type Ticket = 1\nexport const sum = 1'],
      ['lib/render/b.ts', 'export const Ticket = 2'],
      ['lib/local/c.ts', "export type { Ticket } from '../core/a.ts'\nconst sum = 1"],
      ['functions/a.ts', 'export const handler = 1'],
      ['functions/b.ts', 'export const handler = 2'],
    ]);
    expect(report(await projectOf(sources))).toEqual([
      'Ticket → lib/core/a.ts, lib/render/b.ts (a name is exported by one file only)',
    ]);
  });

  test.each([
    ['lib/core/a.ts', "// import '../ports.ts'; process.env; Date.now()\n/** new Date() */"],
    ['lib/core/a.ts', 'const text = `\nimport "../ports.ts"`'],
    ['lib/core/a.ts', 'f(new Date(5), new Date(at).getTime())'],
    ['lib/core/config.ts', "import * as z from 'zod'"],
    ['lib/client/a.ts', "import type { Ticket } from '../contract/answers.ts'; f(Date.now())"],
    ['lib/local/a.ts', 'process.on(event, stop); f(Date.now(), process.pid)'],
    ['lib/pipeline/a.ts', "import type { Clock } from '../ports.ts'; import { plan } from '../core/plan.ts'"],
    ['lib/adapters/aws/a.ts', "import { S3Client } from '@aws-sdk/client-s3'; import './b.ts'"],
    ['functions/a.ts', "import type { AwsEnv } from '../lib/environment.ts'; f(process.env)"],
    ['bin/app.ts', "import { App } from 'aws-cdk-lib'; import config from '../darkroom.config.ts'; f(process.env.A)"],
    ['bin/darkroom.ts', "import facts from '../package.json' with { type: 'json' }"],
  ])('accepts %s: %s', async (path, text) => {
    expect(report(await projectOf(new Map([[path, text]])))).toEqual([]);
  });
});
