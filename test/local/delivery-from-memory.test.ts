import { utimes } from 'node:fs/promises';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { variantKey } from '../../lib/core/object-keys.ts';
import { type Edge, startEdge } from '../support/edge.ts';

let edge: Edge;
beforeAll(async () => {
  edge = await startEdge();
});
afterAll(() => edge.close());

const storePicture = async (letter: string, content = 'a picture'): Promise<string> => {
  const key = variantKey({ id: letter.repeat(26), version: 1, name: '640w', format: 'webp' });
  await edge.variants.put(key, Buffer.from(content));
  return key;
};

/** Exactly these lines, over a connection of its own. Two answers differ in their date and their id only. */
const send = async (...lines: readonly string[]): Promise<string> => {
  const socket = connect(edge.port, '127.0.0.1');
  socket.write(`${lines.join('\r\n')}\r\nconnection: close\r\n\r\n`);
  return (await text(socket)).replace(/^(date|x-request-id): .*\r\n/gim, '');
};
const statusOf = (answer: string): number => Number(answer.split(' ')[1]);
const linesOf = (answer: string): readonly string[] => answer.split('\r\n').toSorted();

describe('a picture that was sent before', () => {
  test('is sent again with the same headers', async () => {
    const key = await storePicture('a');
    const get = () => send(`GET /${key} HTTP/1.1`, 'host: localhost');
    const [first, second, third] = [await get(), await get(), await get()];
    expect(first).toContain('\r\n\r\na picture');
    expect([linesOf(second), third]).toEqual([linesOf(first), second]);
  });

  test('has an id of its own in each answer', async () => {
    const url = `${edge.url}/${await storePicture('b')}`;
    const ids = [];
    for (let i = 0; i < 4; i++) ids.push((await fetch(url)).headers.get('x-request-id'));
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) expect(id).toMatch(/^[\w-]{16}$/);
  });

  test('is gone as soon as its file is', async () => {
    const key = await storePicture('c');
    const get = () => send(`GET /${key} HTTP/1.1`, 'host: localhost');
    await get();
    await edge.variants.remove([key]);
    expect(statusOf(await get())).toBe(404);
    await storePicture('c', 'another one');
    expect(await get()).toContain('another one');
    await storePicture('c', 'a third one');
    await utimes(edge.variants.path(key), 1, 1);
    expect(await get()).toContain('a third one');
  });

  const tag = 'if-none-match: *';
  test.each([
    [200, ['GET', 'host: localhost']],
    [200, ['GET', 'host: localhost', 'origin: https://page.example']],
    [200, ['GET', 'host: localhost', 'range: bytes=-']],
    [200, ['GET', 'host: localhost', 'content-length: 0']],
    [206, ['GET', 'host: localhost', 'range: bytes=0-3']],
    [304, ['GET', 'host: localhost', tag]],
    [304, ['GET', 'host: localhost', `if-modified-since: ${new Date(Date.now() + 60_000).toUTCString()}`]],
    [200, ['HEAD', 'host: localhost']],
    [204, ['OPTIONS', 'host: localhost', 'origin: https://page.example', 'access-control-request-method: GET']],
    [405, ['DELETE', 'host: localhost']],
    [400, ['GET', 'host: evil.example']],
    [400, ['GET', 'host: localhost', 'host: evil.example']],
    [400, ['GET', 'host: evil.example', 'host: localhost']],
  ])('gets %d for %j, as the first time', async (status, [method, ...headers]) => {
    const key = await storePicture('d');
    const ask = () => send(`${method} /${key} HTTP/1.1`, ...headers);
    // A file that was just written again is not remembered.
    const first = await ask();
    await send(`GET /${key} HTTP/1.1`, 'host: localhost');
    await send(`GET /${key} HTTP/1.1`, 'host: localhost');
    const again = await ask();
    expect([statusOf(first), linesOf(again)]).toEqual([status, linesOf(first)]);
  });

  test('is not found under a name that its address cannot have', async () => {
    const key = await storePicture('e');
    await send(`GET /${key} HTTP/1.1`, 'host: localhost');
    for (const [path, status] of [
      [`/${key}?`, 200],
      [`/${key}?v=2`, 200],
      [`//${key}`, 404],
      [`/x${key}`, 404],
      [`/${key}/`, 404],
    ] as const)
      expect([path, statusOf(await send(`GET ${path} HTTP/1.1`, 'host: localhost'))]).toEqual([path, status]);
  });
});
