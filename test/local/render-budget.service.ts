import { expect, test } from '@jest/globals';
import sharp from 'sharp';
import { bytesOf } from '../support/pictures.ts';
import { imageOnce, isDone, startService, upload } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('a picture that would need more memory than its renderer may take is refused before it is decoded', async () => {
  const folder = await temporaryFolder();
  const service = await startService(folder.path, { DARKROOM_RENDER_MEMORY_MB: '256', DARKROOM_WORKERS: '1' });
  try {
    const flat = (width: number, height: number) =>
      bytesOf(sharp({ create: { width, height, channels: 3, background: 'teal' } }).jpeg());
    const ended = async (picture: Uint8Array<ArrayBuffer>) =>
      imageOnce(service, (await upload(service, picture, { preset: 'thumbnails' })).id, isDone);
    const refused = await ended(await flat(5000, 3200));
    expect(refused).toMatchObject({
      status: 'failed',
      error: { code: 'too-big', message: expect.stringContaining('256 MB are given') },
    });
    expect((await ended(await flat(2000, 1500))).status).toBe('ready');
  } finally {
    await service.stop();
    await folder.remove();
  }
});
