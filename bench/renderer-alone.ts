import config from '../darkroom.config.ts';
import { selfTest } from '../lib/render/self-test.ts';
import { sharpRenderer } from '../lib/render/sharp-renderer.ts';

// What `bench/lambda.ts` bundles to see what sharp alone adds to a cold start.

const renderer = sharpRenderer();
export const prove = () => selfTest(renderer, config.limits);
