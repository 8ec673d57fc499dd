import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import config from '../../../darkroom.config.ts';
import { viewerRequestCode } from '../../../lib/infra/delivery.ts';

const run = promisify(execFile);
const picture = `/images/${'a'.repeat(26)}/v1/640w`;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'darkroom-njs-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The engine of CloudFront Functions is made from njs, which knows far less than Node. */
describe('The function in front of the CDN, in njs', () => {
  test.each([
    [picture, 'image/avif,image/webp,*/*', `${picture}.avif`],
    [picture, 'image/webp,*/*', `${picture}.webp`],
    [picture, 'image/avif;q=0,*/*', `${picture}.jpeg`],
    [picture, undefined, `${picture}.jpeg`],
    [`${picture}.png`, 'image/avif', `${picture}.png`],
    [`${picture}.gif`, 'image/avif', 404],
    [picture.replace('640w', 'constructor'), 'image/avif', 404],
    ['/', undefined, 404],
    [picture, 'OPTIONS', 204],
  ])('makes of %s with Accept: %s %s', async (uri, accept, expected) => {
    const asking = { origin: { value: 'https://a.example' }, 'access-control-request-method': { value: 'GET' } };
    const request =
      accept === 'OPTIONS'
        ? { method: 'OPTIONS', uri, headers: asking }
        : { method: 'GET', uri, headers: accept === undefined ? {} : { accept: { value: accept } } };
    const file = join(folder, 'function.js');
    const call = `console.log(JSON.stringify(handler(${JSON.stringify({ request })})));`;
    await writeFile(file, `${viewerRequestCode(config.presets)}\n${call}\n`);
    const { stdout } = await run('njs', [file]).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      throw new Error('This test needs njs, the JavaScript of nginx: apt-get install njs');
    });
    const answer = JSON.parse(stdout) as { uri?: string; statusCode?: number };
    expect(answer.statusCode ?? answer.uri).toBe(expected);
  });
});
