import { openSync } from 'node:fs';
import { troubleOf } from '../../lib/core/trouble.ts';
import { startRenderProcess } from '../../lib/local/render-process.ts';

// Starts a renderer when no descriptor is left, and writes which trouble that is. An `error` event that is not heard would end it.

const nothing = () => undefined;
const descriptors: number[] = [];
try {
  for (;;) descriptors.push(openSync('/dev/null', 'r'));
} catch {
  // None is left.
}
try {
  const launch = { command: process.execPath, arguments: ['--version'], environment: {} };
  startRenderProcess(launch, { info: nothing, warn: nothing, error: nothing }, nothing);
} catch (error) {
  setTimeout(() => process.stdout.write(`${troubleOf(error)}\n`), 100);
}
