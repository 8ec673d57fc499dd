import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import darkroomConfig from '../../darkroom.config.ts';
import { renderCommand } from '../../lib/commands/render.ts';
import { Unusable } from '../../lib/core/unusable.ts';
import { recordedShell } from '../support/recorded-shell.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let program: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  // Ends before it answers, as a renderer does that cannot read its configuration.
  program = join(folder.path, 'program.mjs');
  await writeFile(program, 'process.disconnect();\n');
  for (const name of ['a.jpg', 'b.jpg']) await writeFile(join(folder.path, name), 'bytes');
});
afterEach(() => folder.remove());

const render = async (configured: () => Promise<typeof darkroomConfig>) => {
  const shell = recordedShell();
  const end = await renderCommand(shell, program, configured)
    .exitOverride()
    .parseAsync([folder.path, '--out', join(folder.path, 'out'), '--parallel', '1'], { from: 'user' })
    .then(
      () => '',
      (error: Error) => error.message,
    );
  return shell.stderr() + end;
};

test('a configuration that cannot be used is told once, and not as a crash of each picture', async () => {
  const sentence = 'darkroom.config.ts cannot be used.';
  expect(await render(() => Promise.reject(new Unusable(sentence)))).toBe(sentence);
});

test('a renderer that ends in the middle fails its picture, and the others are tried', async () => {
  const said = await render(async () => darkroomConfig);
  for (const name of ['a.jpg', 'b.jpg'])
    expect(said).toContain(`${join(folder.path, name)}: The renderer crashed on this picture.`);
  expect(said).toContain('2 files of 2 failed; see above.');
});
