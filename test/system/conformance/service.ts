import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Made, Refused } from './case.ts';
import { checked, type Subject } from './check-case.ts';

type Ticket = { id: string; upload: { url: string; headers: Record<string, string> } };
type Image = {
  status: string;
  error: { code: Refused['refused']; message: string } | null;
  ready:
    | (Omit<Made, 'files'> & { variants: (Omit<Made['files'][number], 'bytes'> & { bytes: number; url: string })[] })
    | null;
};

/** Ends what hangs; a render on a machine that is busy with something else must not come near it. */
const patienceMs = 1_800_000;

/** The first look comes soon, and the rest do not keep a service busy that has many to answer. */
const usualPauses = { firstMs: 60, longestMs: 1000 };
type Pauses = typeof usualPauses;

/** A connection that waits can be closed at the moment in which it is used again, so none is kept. */
const once = { connection: 'close' };

/** A Darkroom somewhere, spoken to as any client would: ticket, PUT, wait, fetch, delete. */
export const serviceSubject = (url: string, key: string | undefined, pauses = usualPauses): Subject => {
  const base = url.replace(/\/$/, '');
  const call = async <T>(path: string, init: RequestInit = {}): Promise<T> => {
    const headers = { ...once, 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) };
    const response = await fetch(new URL(path, `${base}/`), { ...init, headers });
    if (!response.ok) throw new Error(`${init.method ?? 'GET'} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  return async ({ contentType, original, preset }) => {
    const bytes = await original();
    const sha256 = createHash('sha256').update(bytes).digest('base64');
    const declared = { contentType, bytes: bytes.length, sha256, ...(preset && { preset }) };
    const { id, upload } = await call<Ticket>('v1/images', { method: 'POST', body: JSON.stringify(declared) });
    const put = await fetch(new URL(upload.url, `${base}/`), {
      method: 'PUT',
      headers: { ...once, ...upload.headers },
      body: new Uint8Array(bytes),
    });
    if (!put.ok) throw new Error(`PUT: ${put.status} ${await put.text()}`);
    const image = await settled(() => call<Image>(`v1/images/${id}`), pauses);
    if (image.error) return { refused: image.error.code, message: image.error.message };
    if (!image.ready) throw new Error(`the image ended as ${image.status}`);
    return {
      ...image.ready,
      files: image.ready.variants.map((variant) => ({
        ...variant,
        bytes: async () => {
          const response = await fetch(new URL(variant.url, `${base}/`), { headers: once });
          if (!response.ok) throw new Error(`GET ${variant.url}: ${response.status}`);
          const type = response.headers.get('content-type');
          if (type !== `image/${variant.format}`) throw new Error(`${variant.url} is served as ${type}`);
          return checked(new Uint8Array(await response.arrayBuffer()), variant);
        },
      })),
    };
  };
};

const settled = async (look: () => Promise<Image>, { firstMs, longestMs }: Pauses): Promise<Image> => {
  const until = performance.now() + patienceMs;
  for (let ms = firstMs; performance.now() < until; ms = Math.min(ms * 1.5, longestMs)) {
    const image = await look();
    if (['ready', 'failed', 'expired'].includes(image.status)) return image;
    await pause(ms);
  }
  throw new Error(`the image was not settled within ${patienceMs / 1000} seconds`);
};
