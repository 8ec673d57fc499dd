import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Project, project } from '../package/project.ts';
import { bytesOf, corners } from '../support/pictures.ts';
import { startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// The code of docs/client.md, with the package as it is installed.

const page = readFileSync(new URL('../../docs/client.md', import.meta.url), 'utf8');

let app: Project;
beforeAll(async () => {
  app = await project();
  await app.install('darkroom-images');
  await app.write({ 'photo.jpg': await bytesOf(corners(400, 300).jpeg()) });
});
afterAll(() => app.remove());

test('An upload is accepted as the page shows it', async () => {
  const folder = await temporaryFolder();
  const service = await startService(folder.path);
  const [, script = ''] = /```js\n([^`]*service\.upload[\s\S]*?)```/.exec(page) ?? [];
  const here = script.replace('darkroom-images-client', 'darkroom-images').replace('https://api.example', service.url);
  await app.write({ 'page.mjs': here });
  const { code, stdout } = await app.node('page.mjs');
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^<picture>[\s\S]*<\/picture>\n$/)]);
  await service.stop();
  await folder.remove();
});

test('A picture is rendered as the page shows it', async () => {
  const [, script = ''] = /```js\n([^`]*darkroom-images\/render[\s\S]*?)```/.exec(page) ?? [];
  await app.write({ 'render.mjs': script });
  expect(await app.node('render.mjs')).toMatchObject({ code: 0 });
  expect(await readdir(app.path)).toEqual(expect.arrayContaining(['preview.webp', 'thumbnail.webp', 'web.webp']));
});

test('The page names everything that the client exports', async () => {
  const script = `import * as client from 'darkroom-images';
    console.log([...Object.keys(client), ...Object.keys(client.darkroom({ url: '' }))].join());`;
  await app.write({ 'names.mjs': script });
  const names = (await app.node('names.mjs')).stdout.trim().split(',');
  expect(names).toEqual(expect.arrayContaining(['untilReady', 'findImage']));
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
