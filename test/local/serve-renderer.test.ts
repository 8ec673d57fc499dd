import { duplexPair } from 'node:stream';
import { expect, test } from '@jest/globals';
import { BadPicture } from '../../lib/core/errors.ts';
import { type Trouble, Troubled } from '../../lib/core/trouble.ts';
import { framesFrom, sendFrame } from '../../lib/local/frames.ts';
import { type FromRenderer, fromRenderer } from '../../lib/local/renderer-messages.ts';
import { serveRenderer } from '../../lib/local/serve-renderer.ts';
import type { RenderedVariant, Renderer } from '../../lib/ports.ts';

/** The failure that a host hears of a renderer whose render throws this. */
const failureAfter = async (error: Error) => {
  const [host, renderer] = duplexPair();
  const serving = serveRenderer({ render: () => Promise.reject(error), weigh: async () => 0 }, renderer);
  sendFrame(host, { serial: 1, render: {} }, new Uint8Array([1]));
  for await (const { head } of framesFrom(host, { head: 100_000, body: 0 })) {
    const said = fromRenderer.parse(head);
    if (said.says === 'begun') sendFrame(host, { serial: 1, go: true });
    if (said.says !== 'failed') continue;
    host.end();
    await serving;
    return said.failure;
  }
  throw new Error('The renderer gave no answer.');
};

test.each<Trouble>(['memory', 'descriptors', 'render-memory', 'render-time', 'codec', 'unknown'])(
  'trouble of the kind %s reaches the host as it is',
  async (trouble) => expect(await failureAfter(new Troubled(trouble))).toMatchObject({ trouble }),
);

test('trouble that no renderer can have reaches the host as unknown', async () =>
  expect(await failureAfter(new Troubled('database'))).toMatchObject({ trouble: 'unknown' }));

test('a picture that cannot be used reaches the host with its code and size', async () => {
  const error = new BadPicture('too-big', 'It is too big.', { size: { width: 3, height: 2 } });
  expect(await failureAfter(error)).toMatchObject({
    code: 'too-big',
    message: 'It is too big.',
    size: { width: 3, height: 2 },
  });
});

test.each<[string, unknown, unknown]>([
  ['stored', true, undefined],
  ['gone', false, undefined],
  ['failed', undefined, { trouble: 'unknown' }],
])('an earlier file that the host calls %s is known to the renderer as that', async (stored, taken, trouble) => {
  const [host, renderer] = duplexPair();
  const variant = { name: 'small' } as RenderedVariant;
  let answer: unknown;
  const render: Renderer['render'] = async (_original, _order, _deliver, takeOver) => {
    answer = await takeOver?.(variant, 1);
    throw new Troubled('codec');
  };
  const serving = serveRenderer({ render, weigh: async () => 0 }, renderer);
  sendFrame(host, { serial: 1, render: {} }, new Uint8Array([1]));
  for await (const { head } of framesFrom(host, { head: 100_000, body: 0 })) {
    const said = head as FromRenderer;
    if (said.says === 'begun') sendFrame(host, { serial: 1, go: true });
    if (said.says === 'same') sendFrame(host, { serial: 1, file: 0, stored });
    if (said.says !== 'failed') continue;
    host.end();
    await serving;
    expect(said.failure).toMatchObject(trouble ?? { trouble: 'codec' });
    expect(answer).toBe(taken);
    return;
  }
  throw new Error('The renderer gave no answer.');
});
