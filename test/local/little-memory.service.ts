import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { bytesOf, noise } from '../support/pictures.ts';
import { imageOnce, isDone, type Service, startService, upload } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const services: Service[] = [];
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  for (const service of services.splice(0)) await service.stop();
  await folder.remove();
});

const start = async (name: string, more: Record<string, string> = {}): Promise<Service> => {
  const service = await startService(`${folder.path}/${name}`, more);
  services.push(service);
  return service;
};
const filesOf = async (service: Service, photo: Uint8Array<ArrayBuffer>) => {
  const { id } = await upload(service, photo, { preset: 'thumbnails' });
  const { ready } = await imageOnce(service, id, isDone);
  return ready?.variants.map(({ name, format, sha256 }) => `${name}.${format} ${sha256}`);
};

test('a service with little memory makes the same files, with a renderer that gives free memory back at once', async () => {
  const photo = await bytesOf(noise(500, 400).jpeg());
  const little = await start('little', { DARKROOM_LITTLE_MEMORY: 'on', DARKROOM_WORKERS: '1' });
  const files = await filesOf(little, photo);
  expect(files).toHaveLength(6);
  expect(await filesOf(await start('usual'), photo)).toEqual(files);
  if (process.platform === 'linux')
    expect(await readFile(`/proc/${little.renderers()[0]}/environ`, 'utf8')).toContain('MALLOC_TRIM_THRESHOLD_=131072');
});
