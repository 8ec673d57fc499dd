import { Socket } from 'node:net';
import { getPriority, setPriority } from 'node:os';
import { serveRenderer } from '../lib/local/serve-renderer.ts';
import { sharpRenderer } from '../lib/render/sharp-renderer.ts';
import { weigh } from '../lib/render/weigh.ts';

// One of the host's renderers: originals come in and variants go out through the connection that it was started with. It
// reads no setting, opens no file, and knows neither the database nor the folders.

// The host decides when to stop a render; a signal to the whole process group must not.
process.on('SIGINT', () => undefined).on('SIGTERM', () => undefined);
// Answers come first. A process may not take back niceness that it was started with, as by a unit with `Nice=5`.
setPriority(Math.max(2, getPriority()));
const memoryBytes = Number(process.argv[2] ?? Number.POSITIVE_INFINITY);
const { render } = sharpRenderer({ memoryBytes });
await serveRenderer({ render, weigh }, new Socket({ fd: 3 }));
process.exit(0);
