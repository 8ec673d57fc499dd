import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Service, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// Every error of docs/faq.md is brought about, and has to say what the page shows.

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/faq.md'), 'utf8');
const blocks = [...page.matchAll(/```sh\n([\s\S]*?)```\n\n```text\n([\s\S]*?)\n```/g)].map(
  ([, script = '', shown = '']) => ({ script, shown }),
);

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const services: Service[] = [];
let path: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  for (const environment of [{}, { DARKROOM_API_KEY: 'the-key-of-this-page' }])
    services.push(
      await startService(join(folder.path, `data-${services.length}`), { DARKROOM_WORKERS: '1', ...environment }),
    );
  const bin = join(folder.path, 'bin');
  await mkdir(bin);
  // What npx would run in a checkout.
  await writeFile(
    join(bin, 'npx'),
    `#!/bin/sh\nshift\nexec '${process.execPath}' '${join(root, 'bin/darkroom.ts')}' "$@"\n`,
  );
  await chmod(join(bin, 'npx'), 0o755);
  path = [bin, dirname(process.execPath), process.env.PATH].join(delimiter);
});
afterAll(async () => {
  for (const service of services) await service.stop();
  await folder.remove();
});

describe('docs/faq.md', () => {
  test('has an answer below every command', () => {
    expect(blocks.length).toBeGreaterThan(5);
    expect(page.match(/^```sh$/gm)).toHaveLength(blocks.length);
  });

  test.each(blocks)('shows what is said to: $script', async ({ script, shown }) => {
    const [open = '', keyed = ''] = services.map(({ url }) => url);
    const here = script.replaceAll('http://localhost:8787', open).replaceAll('https://pictures.example', keyed);
    const env = { ...process.env, PATH: path, XDG_STATE_HOME: join(folder.path, 'state') };
    const { stdout, stderr } = await promisify(execFile)('bash', ['-eu', '-c', here], { cwd: folder.path, env });
    expect(stdout + stderr).toContain(shown);
  });
});
