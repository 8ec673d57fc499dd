import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import type { ImageAnswer } from '../../lib/contract/answers.ts';
import { imageOnce, isDone, type Service, startService, upload } from './service.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** For each test of a file: an empty folder, and the services that the test starts on data in it. Both end with the test. */
export const servicesInFolder = (environment: Readonly<Record<string, string>> = {}) => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const services: Service[] = [];
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(async () => {
    for (const service of services.splice(0)) await service.stop('SIGKILL');
    await folder.remove();
  });
  const data = () => join(folder.path, 'data');
  return {
    inFolder: (name: string) => join(folder.path, name),
    data,
    start: async (more: Readonly<Record<string, string>> = {}): Promise<Service> => {
      const service = await startService(data(), { DARKROOM_WORKERS: '1', ...environment, ...more });
      services.push(service);
      return service;
    },
  };
};

/** Uploads a picture and resolves when it has all variants of a small preset. */
export const addReady = async (service: Service, photo: Uint8Array<ArrayBuffer>): Promise<ImageAnswer> => {
  const { id } = await upload(service, photo, { preset: 'thumbnails' });
  const image = await imageOnce(service, id, isDone);
  if (image.status !== 'ready') throw new Error(`an image is ${image.status}: ${JSON.stringify(image.error)}`);
  return image;
};
