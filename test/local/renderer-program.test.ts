import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { wallsFor } from '../../lib/local/walls.ts';
import { besideOurs, layouts } from '../support/layouts.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

/** A machine on which there is nothing but Node. */
const bare = { PATH: '/nowhere' };

test.each(Object.keys(layouts))('a renderer finds its packages in %s', async (layout) => {
  const program = await layouts[layout]?.(folder.path);
  if (program === undefined) throw new Error('no such layout');
  await expect(wallsFor(program, bare, 'auto')).resolves.toMatchObject({ walls: ['permissions'] });
});

test.each([
  ['does not load', "import './nothing.js';", /^Renderers do not start: Error.+nothing\.js.+\(npm ci\)\.$/],
  [
    'may not read a file that it needs',
    `import { readFileSync } from 'node:fs'; readFileSync(${JSON.stringify(import.meta.filename)});`,
    /^Renderers do not start: Error: Access to this API has been restricted/,
  ],
  ['ends with an error of its own', 'process.exit(3);', /^Renderers do not start: it ended with 3\./],
])('a renderer that %s is refused with the reason', async (_, text, sentence) => {
  const program = await besideOurs(folder.path, text);
  await expect(wallsFor(program, bare, 'auto')).rejects.toThrow(sentence);
  await expect(wallsFor(program, bare, 'off')).rejects.toThrow(sentence);
});
