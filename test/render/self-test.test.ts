import { expect, test } from '@jest/globals';
import config from '../../darkroom.config.ts';
import { selfTest } from '../../lib/render/self-test.ts';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';

test('A sharp that makes every format passes the self-test', async () => {
  await expect(selfTest(sharpRenderer(), config.limits)).resolves.toBeUndefined();
});

test('A sharp that cannot encode one of them does not', async () => {
  const whole = sharpRenderer();
  const broken = {
    ...whole,
    render: async (...order: Parameters<typeof whole.render>) => {
      const rendered = await whole.render(...order);
      return { ...rendered, variants: rendered.variants.filter(({ format }) => format !== 'avif') };
    },
  };
  await expect(selfTest(broken, config.limits)).rejects.toThrow('every format');
});
