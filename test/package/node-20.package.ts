import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bytesOf, corners } from '../support/pictures.ts';
import { type Service, startService } from '../support/service.ts';
import { type Project, project } from './project.ts';

// The oldest Node.js that the package says it runs on, as its own binary; the service that it talks to has Node.js 24.

const release = '20.20.2';
const inPackage = 'node_modules/darkroom-images/bin/darkroom.js';
let app: Project;
let service: Service;
beforeAll(async () => {
  app = await project();
  await app.install('darkroom-images', `node-linux-${process.arch}@${release}`);
  await app.write({ 'photo.jpg': await bytesOf(corners(400, 300).jpeg()) });
  service = await startService(join(app.path, 'data'));
});
afterAll(async () => {
  await service.stop();
  await app.remove();
});

const node20 = (...args: string[]) => app.program(`node_modules/node-linux-${process.arch}/bin/node`, ...args);

test(`The binary is that of Node.js ${release}`, async () => {
  expect(await node20('--version')).toMatchObject({ code: 0, stdout: `v${release}\n` });
});

describe('The client', () => {
  const script = `
    const { ready } = await darkroom({ url: process.argv[2] }).upload(readFileSync('photo.jpg'), { contentType: 'image/jpeg' });
    const answers = await Promise.all(ready.variants.map(({ url }) => fetch(url)));
    console.log(ready.kind, answers.filter(({ status }) => status === 200).length);`;

  test.each([
    ['upload.mjs', `import { readFileSync } from 'node:fs';\nimport { darkroom } from 'darkroom-images';\n${script}`],
    [
      'upload.cjs',
      `const { readFileSync } = require('node:fs');\nconst { darkroom } = require('darkroom-images');\n(async () => {${script}})();`,
    ],
  ])('uploads a picture and knows its variants, in %s', async (name, text) => {
    await app.write({ [name]: text });
    expect(await node20(name, service.url)).toEqual({ code: 0, stdout: 'graphic 14\n', stderr: '' });
  });
});

test('The renderer as a library makes the same files as the command', async () => {
  await app.write({
    'render.mjs': `
      import { readFileSync, writeFileSync } from 'node:fs';
      import { render } from 'darkroom-images/render';
      const { variants } = await render(readFileSync('photo.jpg'), { preset: 'gallery' });
      for (const { name, format, data } of variants) writeFileSync(\`\${name}.\${format}\`, data);`,
  });
  expect(await node20('render.mjs')).toEqual({ code: 0, stdout: '', stderr: '' });
  const args = ['render', 'photo.jpg', '--preset', 'gallery', '--out', 'out'];
  expect(await node20(inPackage, ...args)).toMatchObject({ code: 0, stdout: '3 files and a manifest in out\n' });
  const files = (await readdir(join(app.path, 'out'))).filter((name) => name.endsWith('.webp'));
  expect(files.sort()).toEqual(['preview.webp', 'thumbnail.webp', 'web.webp']);
  for (const name of files)
    expect(await readFile(join(app.path, name))).toEqual(await readFile(join(app.path, 'out', name)));
});

describe('The command', () => {
  test('uploads, lists, shows, downloads, verifies and deletes', async () => {
    const at = ['--url', service.url];
    const sent = await node20(inPackage, 'upload', 'photo.jpg', '--collection', 'twenty', ...at);
    expect(sent).toMatchObject({ code: 0, stdout: expect.stringMatching(/^photo\.jpg\t/) });
    const [, id = ''] = sent.stdout.split('\t');
    expect((await node20(inPackage, 'list', '--collection', 'twenty', ...at)).stdout).toContain(`${id}\tready\tv1`);
    expect(await node20(inPackage, 'show', id, ...at)).toMatchObject({ code: 0 });
    expect(await node20(inPackage, 'download', '--collection', 'twenty', '--out', 'originals', ...at)).toMatchObject({
      code: 0,
    });
    expect(await readFile(join(app.path, 'originals', `${id}-photo.jpg`))).toEqual(
      await readFile(join(app.path, 'photo.jpg')),
    );
    expect(await node20(inPackage, 'verify', ...at)).toMatchObject({ code: 0 });
    expect(await node20(inPackage, 'delete', id, '--yes', ...at)).toMatchObject({ code: 0 });
  });

  test('says of serve which Node.js it needs', async () => {
    const { code, stdout, stderr } = await node20(inPackage, 'serve');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^This command keeps its catalogue in the SQLite of Node\.js 24 or newer\. .* v20\.20\.2/);
  });
});
