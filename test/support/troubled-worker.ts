import { Socket } from 'node:net';
import { serveRenderer } from '../../lib/local/serve-renderer.ts';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';

// A renderer which dies of every original that has as many bytes as its argument says.

const poison = Number(process.argv[2]);
const { render } = sharpRenderer();
await serveRenderer(
  (original, ...order) => {
    if (original.length === poison) process.kill(process.pid, 'SIGKILL');
    return render(original, ...order);
  },
  new Socket({ fd: 3 }),
);
process.exit(0);
