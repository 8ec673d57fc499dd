import { Socket } from 'node:net';
import { getPriority, setPriority } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { littleMemory } from '../lib/local/little-memory.ts';
import { serveRenderer } from '../lib/local/serve-renderer.ts';
import { sharpRenderer } from '../lib/render/sharp-renderer.ts';
import { weigh } from '../lib/render/weigh.ts';

// One of the host's renderers: originals come in and variants go out through the connection that it was started with. It
// reads no setting, opens no file, and knows neither the database nor the folders.

/** WebAssembly holds memory outside of the heap, so V8 sees no reason to collect it soon. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
}

// The host decides when to stop a render; a signal to the whole process group must not.
process.on('SIGINT', () => undefined).on('SIGTERM', () => undefined);
// Answers come first. A process may not take back niceness that it was started with, as by a unit with `Nice=5`.
setPriority(Math.max(2, getPriority()));
const memoryBytes = Number(process.argv[2] ?? Number.POSITIVE_INFINITY);
const collect = process.argv[3] === littleMemory ? garbageCollector() : undefined;
const { render } = sharpRenderer({ memoryBytes, ...(collect && { encodersAtOnce: 1, collect }) });
await serveRenderer({ render, weigh }, new Socket({ fd: 3 }));
process.exit(0);
