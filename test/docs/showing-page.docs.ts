import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bytesOf, noise } from '../support/pictures.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// The section of docs/showing.md on static sites, in a folder with two pictures.

const root = join(import.meta.dirname, '../..');
const [, section = ''] = readFileSync(join(root, 'docs/showing.md'), 'utf8').split('## Without a service');
const blockOf = (language: string): string =>
  new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(section)?.[1] ?? '';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const bash = async (script: string) => {
  const PATH = [join(folder.path, 'bin'), dirname(process.execPath), process.env.PATH].join(delimiter);
  return promisify(execFile)('bash', ['-euc', script], { cwd: folder.path, env: { ...process.env, PATH } });
};

beforeAll(async () => {
  folder = await temporaryFolder();
  for (const place of ['bin', 'pictures/spring']) await mkdir(join(folder.path, place), { recursive: true });
  // What npx would run in a checkout.
  const npx = join(folder.path, 'bin', 'npx');
  await writeFile(npx, `#!/bin/sh\nshift\nexec '${process.execPath}' '${join(root, 'bin/darkroom.ts')}' "$@"\n`);
  await chmod(npx, 0o755);
  await writeFile(join(folder.path, 'picture.mjs'), blockOf('js'));
  for (const name of ['market.jpg', 'spring/two words.jpg'])
    await writeFile(join(folder.path, 'pictures', name), await bytesOf(noise(400, 300).jpeg({ quality: 60 })));
});
afterAll(() => folder.remove());

test('docs/showing.md renders a folder for a static site, and writes the <picture> from the manifest', async () => {
  const first = await bash(blockOf('sh'));
  expect(first.stderr).toContain('2 rendered, 0 up to date, 0 failed');
  expect((await bash(blockOf('sh'))).stderr).toContain('0 rendered, 2 up to date, 0 failed');
  const site = join(folder.path, 'public');
  expect(await readFile(join(site, 'images/index.html'), 'utf8')).toContain('<title>Contact sheet</title>');

  await bash(`node picture.mjs 'spring/two words.jpg' 'Rain & "sun"' 100vw > spring.html`);
  for (const [page, name, rest] of [
    ['market.html', 'market.jpg', 'alt="A market at noon"'],
    ['spring.html', 'spring/two words.jpg', 'alt="Rain &amp; &quot;sun&quot;"'],
  ] as const) {
    const html = await readFile(join(folder.path, page), 'utf8');
    expect(html).toContain(rest);
    const addresses = [...html.matchAll(/\/images\/[^\s",]+/g)].map(([address]) => decodeURIComponent(address));
    const { variants } = JSON.parse(await readFile(join(site, 'images', name, 'manifest.json'), 'utf8'));
    const files = variants.map(({ file }: { file: string }) => `/images/${name}/${file}`);
    expect(new Set(addresses)).toEqual(new Set(files));
    expect(addresses.filter((address) => !existsSync(join(site, address)))).toEqual([]);
    expect([...html.matchAll(/type="image\/(\w+)"/g)].map(([, format]) => format)).toEqual(['avif', 'webp', 'jpeg']);
    expect(html).toMatch(/<img src="[^"]+\.jpeg" width="400" height="300" /);
  }
});
