import { expect, test } from '@jest/globals';
import { renderTimeoutFor } from '../../lib/infra/lambda-limits.ts';
import { renderImage } from '../../lib/pipeline/render-image.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { openWorld } from '../support/world.ts';

// docs/decisions.md#standstill
test('an attempt that works until Lambda would end it still holds its lease', async () => {
  const world = await openWorld();
  const id = await world.arrive(await bytesOf(noise(120, 120).jpeg()));
  const render: typeof world.renderer.render = async (...args) => {
    const rendered = await world.renderer.render(...args);
    world.pass(renderTimeoutFor(world.config).toMilliseconds());
    return rendered;
  };
  const attempt = { ...world, renderer: { ...world.renderer, render } };
  expect(await renderImage(attempt, { id, version: 1 })).toMatchObject({ end: 'ready' });
  world.close();
});
