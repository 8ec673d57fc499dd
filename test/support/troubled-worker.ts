import { Socket } from 'node:net';
import { serveRenderer } from '../../lib/local/serve-renderer.ts';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';
import { weigh } from '../../lib/render/weigh.ts';

// A renderer which dies of every original that has as many bytes as its argument says.

const poison = Number(process.argv[2]);
const { render } = sharpRenderer();
const dying: typeof render = (original, ...order) => {
  if (original.length === poison) process.kill(process.pid, 'SIGKILL');
  return render(original, ...order);
};
await serveRenderer({ render: dying, weigh }, new Socket({ fd: 3 }));
process.exit(0);
