import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

// A program in the place of a renderer that starts ever more processes or threads. So that it harms no machine on which
// the wall is missing, it stops after a few, and each of them ends by itself.

const [what, most] = [process.argv[2], Number(process.argv[3])];
const livesMs = 20_000;

const startProcess = async (): Promise<() => unknown> => {
  const child = spawn('sleep', [String(livesMs / 1000)], { stdio: 'ignore' });
  await once(child, 'spawn');
  return () => child.kill();
};
const startThread = async (): Promise<() => unknown> => {
  const worker = new Worker(`setTimeout(() => undefined, ${livesMs})`, {
    eval: true,
    resourceLimits: { maxOldGenerationSizeMb: 16 },
  });
  await once(worker, 'online');
  return () => worker.terminate();
};

const ends: (() => unknown)[] = [];
let refused: unknown = 'nothing';
if (what) {
  try {
    while (ends.length < most) ends.push(await (what === 'processes' ? startProcess : startThread)());
  } catch (error) {
    refused = (error as { code?: unknown }).code;
  }
  for (const end of ends) await end();
  process.stderr.write(`${JSON.stringify({ started: ends.length, refused })}\n`);
}
for await (const _ of new Socket({ fd: 3 }));
process.exit(0);
