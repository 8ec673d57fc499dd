import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type MappedPath, readPathMap } from '../../lib/commands/path-map.ts';
import { freePort } from '../support/free-port.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { type Service, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

// The commands of docs/migrating.md, one after the other, and its nginx.

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/migrating.md'), 'utf8');
const blocksOf = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text = '']) => text);
const olds = ['shoes/red.jpg', 'shoes/two words.jpg'];
const marker = '=== end of a block ===';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let service: Service;
let outputs: readonly string[];
let map: readonly MappedPath[];
beforeAll(async () => {
  folder = await temporaryFolder();
  const key = 'the-key-of-this-page';
  service = await startService(join(folder.path, 'data'), { DARKROOM_API_KEY: key, DARKROOM_WORKERS: '1' });
  for (const place of ['old-originals', 'old-site', 'bin'])
    await mkdir(join(folder.path, place, 'shoes'), { recursive: true });
  for (const old of olds) {
    await writeFile(join(folder.path, 'old-originals', old), await bytesOf(noise(700, 500).jpeg({ quality: 95 })));
    await writeFile(join(folder.path, 'old-site', old), await bytesOf(noise(320, 229).jpeg({ quality: 60 })));
  }
  // What npx would run in a checkout.
  const npx = join(folder.path, 'bin', 'npx');
  await writeFile(npx, `#!/bin/sh\nshift\nexec '${process.execPath}' '${join(root, 'bin/darkroom.ts')}' "$@"\n`);
  await chmod(npx, 0o755);
  const script = ['set -eu', ...blocksOf('sh').map((block) => `${block}echo\necho '${marker}'`)].join('\n');
  const env = {
    ...process.env,
    PATH: [join(folder.path, 'bin'), dirname(process.execPath), process.env.PATH].join(delimiter),
    XDG_STATE_HOME: join(folder.path, 'state'),
    DARKROOM_URL: service.url,
    DARKROOM_API_KEY: key,
  };
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: folder.path, env });
  outputs = stdout.split(marker).map((output) => output.trim());
  map = readPathMap(join(folder.path, 'map.jsonl'));
});
afterAll(async () => {
  await service?.stop();
  await folder?.remove();
});

describe('docs/migrating.md', () => {
  test('has commands that all succeed, and maps every old path to a picture that is served', async () => {
    expect(outputs).toHaveLength(blocksOf('sh').length + 1);
    expect(map.map(({ old }) => old)).toEqual(olds);
    for (const { url, manifest } of map)
      expect([(await fetch(url)).status, (await fetch(manifest)).status]).toEqual([200, 200]);
    const ids = readFileSync(join(folder.path, 'ids.tsv'), 'utf8');
    expect(ids).toBe(map.map(({ old, id }) => `${old}\t${id}\n`).join(''));
  });

  test('compares each old picture with a variant of its width', () => {
    const [, compared = ''] = outputs;
    expect(compared.split('\n').map((line) => line.split('\t').slice(0, 6))).toEqual(
      olds.map((old) => [old, '320', expect.anything(), expect.anything(), expect.stringMatching(/^320w\./), '320']),
    );
  });

  test('shows a line of the map as it is', () => {
    const shown = JSON.parse(blocksOf('json')[0] ?? '');
    expect(Object.keys(shown)).toEqual(Object.keys(map[0] ?? {}));
  });

  test('has an nginx that redirects each old address', async () => {
    const port = await freePort();
    const server = (blocksOf('nginx')[0] ?? '').replace('8080', `127.0.0.1:${port}`);
    const config = join(folder.path, 'nginx.conf');
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder.path}/t;`,
    );
    await writeFile(
      config,
      `daemon off; pid ${folder.path}/nginx.pid; error_log stderr; events {} http { access_log off; ${paths.join(' ')} ${server} }`,
    );
    const path = `${process.env.PATH}${delimiter}/usr/sbin`;
    const nginx = spawn('nginx', ['-c', config], { env: { ...process.env, PATH: path }, stdio: 'ignore' });
    const closed = once(nginx, 'close');
    try {
      const ask = (old: string) => fetch(`http://127.0.0.1:${port}/photos/${encodeURI(old)}`, { redirect: 'manual' });
      const isUp = () =>
        ask('').then(
          () => true,
          () => false,
        );
      await until(isUp);
      for (const { old, url } of map) {
        const answer = await ask(old);
        expect([answer.status, answer.headers.get('location')]).toEqual([301, url]);
      }
      expect((await ask('shoes/blue.jpg')).status).toBe(404);
    } finally {
      nginx.kill('SIGTERM');
      await closed;
    }
  });
});
