import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Photograph } from './photographs.ts';

const uploads = 21;

/** From the first byte of the PUT until the image says ready, against a Darkroom started for this on a free port. */
export const uploadToReady = async (photo: Photograph | undefined): Promise<string> => {
  if (!photo) return 'there is no photograph to upload';
  const data = await mkdtemp(join(tmpdir(), 'darkroom-bench-'));
  const port = await freePort();
  const server = spawn(process.execPath, ['bin/darkroom.ts', 'serve'], {
    env: { ...process.env, DARKROOM_DATA: data, DARKROOM_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(server.stdout, 'data');
    const bytes = await readFile(photo.path);
    const times: number[] = [];
    for (let upload = 0; upload < uploads; upload++) times.push(await timed(`http://127.0.0.1:${port}`, bytes));
    const sorted = times.slice(1).sort((a, b) => a - b);
    const at = (share: number) => ((sorted[Math.ceil(sorted.length * share) - 1] ?? 0) / 1000).toFixed(2);
    return `${photo.name}, ${(bytes.length / 1e6).toFixed(1)} MB, ${sorted.length} uploads one after the other: PUT to ready ${at(0.5)} s median, ${at(0.99)} s at the 99th percentile (targets 1.5 s and 5 s)`;
  } finally {
    server.kill('SIGTERM');
    await once(server, 'exit');
    await rm(data, { recursive: true, force: true });
  }
};

const timed = async (base: string, bytes: Buffer): Promise<number> => {
  const sha256 = createHash('sha256').update(bytes).digest('base64');
  const declared = JSON.stringify({ contentType: 'image/jpeg', bytes: bytes.length, sha256 });
  const headers = { 'content-type': 'application/json' };
  const ticket: Ticket = await json(await fetch(`${base}/v1/images`, { method: 'POST', headers, body: declared }));
  const began = performance.now();
  const put = await fetch(new URL(ticket.upload.url, base), {
    method: 'PUT',
    headers: ticket.upload.headers,
    body: new Uint8Array(bytes),
  });
  if (!put.ok) throw new Error(`PUT: ${put.status} ${await put.text()}`);
  for (;;) {
    const image: Image = await json(await fetch(`${base}/v1/images/${ticket.id}`));
    if (image.status === 'ready') return performance.now() - began;
    if (image.status === 'failed') throw new Error(JSON.stringify(image.error));
    await pause(10);
  }
};

type Ticket = { id: string; upload: { url: string; headers: Record<string, string> } };
type Image = { status: string; error: unknown };
const json = async <T>(response: Response): Promise<T> => (await response.json()) as T;

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
};
