import { openSync } from 'node:fs';
import { troubleOf } from '../../lib/core/trouble.ts';
import { lastingRenderer } from '../../lib/local/lasting-renderer.ts';
import type { RenderOrder } from '../../lib/ports.ts';

// Opens a renderer when no descriptor is left, gives it a picture, and writes which trouble that is. An `error` event that is
// not heard would end it.

const nothing = () => undefined;
const descriptors: number[] = [];
try {
  for (;;) descriptors.push(openSync('/dev/null', 'r'));
} catch {
  // None is left.
}
const launch = { command: process.execPath, arguments: ['--version'], environment: {} };
const renderer = lastingRenderer({ launch, maxResidentBytes: 1 }, { info: nothing, warn: nothing, error: nothing });
const taker = { deliver: async () => undefined, takeOver: async () => false };
const terms = { timeoutMs: 60_000, mayBegin: () => true };
renderer
  .render(new Uint8Array(1), {} as RenderOrder, taker, terms)
  .catch((error) => setTimeout(() => process.stdout.write(`${troubleOf(error)}\n`), 100));
