import { readFile } from 'node:fs/promises';
import type { Made } from './contenders/contender.ts';
import { contenders } from './contenders/index.ts';
import { peakRssMb } from './highest-resident.ts';
import type { Measured, Run, Task } from './measure.ts';

process.once('message', async ({ contender, path, runs, keep }: Task) => {
  const make = await contenders[contender]();
  const original = await readFile(path);
  let files: readonly Made[] = [];
  const measured: Run[] = [];
  for (let run = 0; run < runs; run++) {
    const cpu = process.cpuUsage();
    const began = performance.now();
    files = await make(original);
    const { user, system } = process.cpuUsage(cpu);
    measured.push({ cpuMs: (user + system) / 1000, wallMs: performance.now() - began });
  }
  const best = {
    cpuMs: Math.min(...measured.map(({ cpuMs }) => cpuMs)),
    wallMs: Math.min(...measured.map(({ wallMs }) => wallMs)),
  };
  process.send?.({ best, peakRssMb: peakRssMb(), files: keep ? files : [] } satisfies Measured);
});
