import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bytesOf, corners } from '../support/pictures.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { environment, type Project, packedFile, project } from './project.ts';

const program = 'node_modules/darkroom-images/bin/darkroom.js';
let app: Project;
beforeAll(async () => {
  app = await project();
  await app.install('darkroom-images');
  await app.write({ 'photo.jpg': await bytesOf(corners(400, 300).jpeg()) });
});
afterAll(() => app.remove());

type Served = { readonly url: string; readonly end: () => Promise<void> };

/** `npx darkroom-images serve`, as if the package came from the registry: npm has nothing of it in its cache. */
const serve = async ({ path }: Project, cache: string): Promise<Served> => {
  const file = packedFile('darkroom-images');
  const began = performance.now();
  const child = spawn('npx', ['--yes', '--loglevel=error', '--package', file, 'darkroom-images', 'serve'], {
    cwd: path,
    env: { ...environment(), DARKROOM_PORT: '0', npm_config_cache: join(cache, 'npm') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
  const address = () => /Darkroom is ready: (\S+)/.exec(output)?.[1];
  // npm fetches everything that the package needs.
  await until(
    () => address() !== undefined || child.exitCode !== null,
    () => output,
  );
  const url = address();
  if (url === undefined) throw new Error(`npx darkroom-images serve says: ${output}`);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  process.stdout.write(`npx darkroom-images serve, with an empty cache: ${seconds} s to the address\n`);
  return {
    url,
    end: async () => {
      child.kill('SIGTERM');
      await closed;
    },
  };
};

describe('npx darkroom-images serve, in an empty folder', () => {
  let folder: Project;
  let cache: Awaited<ReturnType<typeof temporaryFolder>>;
  let service: Served | undefined;
  const address = () => service?.url ?? 'nowhere';
  beforeAll(async () => {
    folder = await project();
    cache = await temporaryFolder();
    service = await serve(folder, cache.path);
  });
  afterAll(async () => {
    await service?.end();
    await folder.remove();
    await cache.remove();
  });

  test('accepts an upload by the client and serves its variants', async () => {
    await app.write({
      'upload.mjs': `
        import { readFile } from 'node:fs/promises';
        import { darkroom } from 'darkroom-images';
        const { ready } = await darkroom({ url: '${address()}' }).upload(await readFile('photo.jpg'), { contentType: 'image/jpeg' });
        const answers = await Promise.all(ready.variants.map(({ url }) => fetch(url)));
        console.log(JSON.stringify({ kind: ready.kind, wrong: answers.filter(({ status }) => status !== 200).length, files: answers.length }));`,
    });
    const { stdout, stderr } = await app.node('upload.mjs');
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ kind: 'graphic', wrong: 0, files: 14 });
  });

  test('keeps its data in .darkroom, and writes nothing else', async () => {
    expect((await readdir(folder.path)).sort()).toEqual(['.darkroom', 'package.json']);
  });

  test.each([
    '/',
    '/client.js',
    '/element.js',
    '/element-worker.js',
    '/picture.js',
    '/v1/docs',
    '/v1/openapi.json',
    '/v1/health',
  ])('serves %s', async (path) => {
    expect((await fetch(address() + path)).status).toBe(200);
  });

  test('is the service that the other commands of the package use', async () => {
    const sent = await app.node(program, 'upload', 'photo.jpg', '--url', address(), '--json');
    expect(sent).toMatchObject({ code: 0 });
    const listed = await app.node(program, 'list', '--url', address(), '--json');
    expect(listed.stdout).toContain('"status":"ready"');
  });
});

describe('A darkroom.config in the working folder', () => {
  test.each([
    ['darkroom.config.json', '{ "defaultPreset": "specimen" }'],
    ['darkroom.config.mjs', `export default { defaultPreset: 'specimen' };`],
    [
      'darkroom.config.ts',
      `import { defineConfig } from 'darkroom-images/config';\nexport default defineConfig({ defaultPreset: 'specimen' as string });`,
    ],
  ])('with the name %s is used', async (name, text) => {
    const folder = join('configured', name);
    await app.write({ [join(folder, name)]: text, [join(folder, 'package.json')]: '{ "type": "module" }' });
    const there = join(app.path, folder);
    const child = spawn(process.execPath, [join(app.path, program), 'render', '../../photo.jpg', '--out', 'out'], {
      cwd: there,
      env: environment(),
      stdio: 'ignore',
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(0);
    expect((await readdir(join(there, 'out'))).sort()).toEqual([
      ...['index.html', 'large.jpeg', 'manifest.json', 'medium.jpeg', 'small.jpeg', 'xlarge.jpeg'],
    ]);
  });

  test('with a mistake ends the command with a sentence', async () => {
    await app.write({ 'mistaken/darkroom.config.json': '{ "ticketSeconds": 1 }' });
    const child = spawn(process.execPath, [join(app.path, program), 'serve'], {
      cwd: join(app.path, 'mistaken'),
      env: environment(),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr?.on('data', (chunk) => {
      said += chunk;
    });
    await once(child, 'close');
    expect(said).toMatch(/^darkroom\.config\.ts cannot be used\.\n {2}ticketSeconds: /);
  });
});

/** Functions that an older Node.js lacks are removed before the command is loaded. */
const asOlder = (version: string, text: string): readonly string[] => [
  '--import',
  `data:text/javascript,${encodeURIComponent(
    `Object.defineProperty(process.versions, 'node', { value: '${version}' });
     Object.defineProperty(process, 'version', { value: 'v${version}' }); ${text}`,
  )}`,
];

describe('Under an older Node.js', () => {
  const without = asOlder(
    '20.20.2',
    `process.getBuiltinModule = () => undefined;
     delete URL.parse; delete Array.fromAsync; delete Promise.withResolvers;`,
  );

  test('serve says which one it needs', async () => {
    const { code, stdout, stderr } = await app.node(...without, program, 'serve');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^This command keeps its catalogue in the SQLite of Node\.js 24 or newer\. .* v20\.20\.2/);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('commands that need no database work', async () => {
    const { code, stdout } = await app.node(...without, program, 'render', 'photo.jpg', '--out', 'older');
    expect([code, stdout]).toEqual([0, '14 files and a manifest in older\n']);
  });

  test('that is too old, the command prints one sentence', async () => {
    const { code, stderr } = await app.node(...asOlder('18.20.0', ''), program, 'list');
    expect([code, stderr]).toEqual([
      1,
      'darkroom needs Node.js 20.16 or newer, and 24 for a service. This is v18.20.0.\n',
    ]);
  });
});

describe('The renderer as a library', () => {
  const script = `
    const { readFileSync } = require('node:fs');
    const { BadPicture, render } = require('darkroom-images/render');
    (async () => {
      const seen = [];
      const { kind, variants } = await render(readFileSync('photo.jpg'), { preset: 'specimen', onVariant: ({ name }) => void seen.push(name) });
      const refused = await render(Buffer.from('no picture')).catch((error) => [error instanceof BadPicture, error.code]);
      console.log(JSON.stringify({ kind, seen: seen.sort(), whole: variants.every(({ data, bytes }) => data.length === bytes), refused }));
    })();`;
  const expected = {
    kind: 'graphic',
    seen: ['large', 'medium', 'small', 'xlarge'],
    whole: true,
    refused: [true, 'not-an-image'],
  };

  test.each([
    ['CommonJS', 'render.cjs', script],
    [
      'ES modules',
      'render.mjs',
      `import { createRequire } from 'node:module'; import { BadPicture, render } from 'darkroom-images/render'; import { readFileSync } from 'node:fs';\n${script.replace(/const \{ (readFileSync|BadPicture, render) \}.*\n/g, '')}`,
    ],
  ])('makes the variants in %s', async (_kind, name, text) => {
    await app.write({ [name]: text });
    const { stdout, stderr } = await app.node(name);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual(expected);
  });
});
