import { expect, test } from '@jest/globals';
import { uppy5, uppy6 } from '../../lib/client/uppy.ts';
import type { Ticket } from '../../lib/contract/answers.ts';
import type { UploadRequest } from '../../lib/contract/requests.ts';

const upload = {
  method: 'PUT',
  url: 'https://store.example/a',
  headers: { 'if-none-match': '*' },
  expiresAt: '',
} as const;
const ticket: Ticket = {
  id: 'a',
  version: 1,
  status: 'pending',
  upload,
  watch: { token: '', expiresAt: '' },
  links: { self: '' },
};

const page = (file: { name?: string; type?: string; size: number | null }) => {
  const asked: UploadRequest[] = [];
  const meta: unknown[] = [];
  const uppy = { getFile: () => file, setFileMeta: (id: string, more: unknown) => void meta.push([id, more]) };
  const ask = async (request: UploadRequest) => {
    asked.push(request);
    return ticket;
  };
  return { asked, meta, uppy, ask };
};

test('Uppy 6 gets the PUT of a ticket, which stays with the file', async () => {
  const { asked, meta, uppy, ask } = page({ name: 'a.jpg', type: 'image/jpeg', size: 7 });
  const options = uppy6(uppy, ask);
  expect(options.shouldUseMultipart).toBe(false);
  const key = options.generateObjectKey({ id: 'file-1' });
  expect(await options.signRequest({ key })).toEqual({ url: upload.url, headers: upload.headers });
  expect(asked).toEqual([{ contentType: 'image/jpeg', bytes: 7, filename: 'a.jpg' }]);
  expect(meta).toEqual([['file-1', { darkroom: ticket }]]);
});

test('Uppy 5 gets the same with the method, also of a file without a name or a type', async () => {
  const { asked, uppy, ask } = page({ size: 7 });
  const { url, headers } = upload;
  expect(await uppy5(uppy, ask).getUploadParameters({ id: 'file-1' })).toEqual({ method: 'PUT', url, headers });
  expect(asked).toEqual([{ contentType: 'application/octet-stream', bytes: 7 }]);
});

test('says why your server gave no ticket, as the service said it', async () => {
  const { uppy, meta } = page({ name: 'a.jpg', size: 7 });
  const refusal = { code: 'too-large', detail: 'At most 10 MB.', status: 413 } as unknown as Ticket;
  const options = uppy6(uppy, async () => refusal);
  await expect(options.signRequest({ key: 'file-1' })).rejects.toMatchObject({
    code: 'too-large',
    detail: 'At most 10 MB.',
  });
  expect(meta).toEqual([]);
});
