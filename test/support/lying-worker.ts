import { Socket } from 'node:net';
import { serveRenderer } from '../../lib/local/serve-renderer.ts';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';
import { weigh } from '../../lib/render/weigh.ts';

// A renderer which says of an earlier file that it has another digest.

const { render } = sharpRenderer();
const lying: typeof render = (original, order, deliver, takeOver) =>
  render(original, order, deliver, async (variant, progress) => {
    const sha256 = `${'A'.repeat(43)}=`;
    return (await takeOver?.({ ...variant, sha256 }, progress)) ?? false;
  });
await serveRenderer({ render: lying, weigh }, new Socket({ fd: 3 }));
process.exit(0);
