import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { routes } from '../../lib/routes.ts';
import { bytesOf, corners } from '../support/pictures.ts';
import { type Service, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/api.md'), 'utf8');

type Block = { readonly heading: string; readonly script: string; readonly shown: string | undefined };

/** Each block of commands, with the answer that the page shows right below it. */
const blocks: readonly Block[] = page.split(/\n## /).flatMap((section, at) => {
  const heading = at === 0 ? 'the beginning' : section.slice(0, section.indexOf('\n'));
  return [...section.matchAll(/```sh\n([\s\S]*?)```(?:\n\n```json\n([\s\S]*?)```)?/g)].map(
    ([, script = '', shown]) => ({
      heading,
      script,
      shown,
    }),
  );
});
const marker = '=== end of a block ===';

let service: Service;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let outputs: readonly string[];

beforeAll(async () => {
  folder = await temporaryFolder();
  const key = 'the-key-of-this-page';
  service = await startService(join(folder.path, 'data'), { DARKROOM_API_KEY: key, DARKROOM_WORKERS: '1' });
  await writeFile(join(folder.path, 'photo.jpg'), await bytesOf(corners(400, 300).jpeg()));
  const script = ['set -eu', ...blocks.map((block) => `${block.script}echo\necho '${marker}'`)].join('\n');
  await writeFile(join(folder.path, 'page.sh'), script);
  const path = `${dirname(process.execPath)}:${process.env.PATH}`;
  const env = { ...process.env, PATH: path, API_URL: service.url, API_KEY: key };
  const { stdout } = await promisify(execFile)('bash', ['page.sh'], { cwd: folder.path, env });
  outputs = stdout.split(marker).map((output) => output.trim());
});
afterAll(async () => {
  await service.stop();
  await folder.remove();
});

const keysOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return 'a list';
  if (typeof value !== 'object' || value === null) return value === null ? null : typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, keysOf(inner)]));
};
/** What the page leaves out of a long answer. */
const elided = (shown: object) => JSON.stringify(shown).includes('"img":{}');

describe('docs/api.md', () => {
  test('has commands that all succeed, one after the other', () => {
    expect(blocks.length).toBeGreaterThan(12);
    expect(outputs).toHaveLength(blocks.length + 1);
  });

  test.each(blocks.map((block, at) => ({ ...block, at })).filter(({ shown }) => shown))(
    'shows under $heading an answer of the shape that it really has',
    ({ shown = '', at }) => {
      const expected = JSON.parse(shown);
      const answered = JSON.parse(outputs[at]?.split('\n').at(-1) ?? '');
      if (elided(expected)) expected.ready.picture.img = answered.ready.picture.img;
      expect(keysOf(answered)).toEqual(keysOf(expected));
      expect(answered.status).toEqual(expected.status);
      expect(answered.code).toEqual(expected.code);
    },
  );

  test('says what the store answers to the first PUT and to a second one', () => {
    const puts = blocks.flatMap(({ script }, at) => (/^put "\$ticket"/m.test(script) ? [outputs[at]] : []));
    expect(puts).toEqual(['200', '412', '200']);
  });

  test('calls every route, or names it', () => {
    const called = (path: string) => path.replace(/\{id\}(?=.)/, '$id').replace(/\/\{id\}$/, '/');
    const missing = Object.values(routes).filter(({ path }) => !page.includes(path) && !page.includes(called(path)));
    expect(missing).toEqual([]);
  });
});
