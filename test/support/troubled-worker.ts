import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import darkroomConfig from '../../darkroom.config.ts';
import { sqliteBulkJobs } from '../../lib/adapters/local/sqlite-bulk-jobs.ts';
import { sqliteCatalogue } from '../../lib/adapters/local/sqlite-catalogue.ts';
import { sqliteTaskQueue } from '../../lib/adapters/local/sqlite-task-queue.ts';
import { maxReceives } from '../../lib/core/image.ts';
import { openHome } from '../../lib/local/home.ts';
import type { WorkerMessage, WorkerOrder } from '../../lib/local/render-workers.ts';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';
import { returnOf, workWith } from '../../lib/work/work.ts';

// A renderer whose disk is full for as long as there is a file called `full` in the data folder, and which dies of the image
// whose id is in the file `poison`.

const data = process.env.DARKROOM_DATA ?? '';
const clock = { now: Date.now };
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const home = openHome(data);
let rendered = '';
const say = (message: WorkerMessage) => process.send?.(message);
const poison = existsSync(join(data, 'poison')) ? readFileSync(join(data, 'poison'), 'utf8') : undefined;
const renderer = sharpRenderer();
const work = workWith({
  ...home,
  variants: {
    ...home.variants,
    put: async (...file) => {
      if (existsSync(join(data, 'full'))) throw Object.assign(new Error('No space.'), { code: 'ENOSPC' });
      await home.variants.put(...file);
    },
  },
  catalogue: sqliteCatalogue(home.database),
  jobs: sqliteBulkJobs(home.database),
  queue: sqliteTaskQueue(home.database, { clock, maxReceives }),
  renderer: {
    ...renderer,
    render: (...order) => {
      say('rendering');
      if (poison !== undefined && rendered === poison) process.kill(process.pid, 'SIGKILL');
      return renderer.render(...order);
    },
  },
  clock,
  config: darkroomConfig,
  log: silent,
});

process.on('message', async ({ task, receives }: WorkerOrder) => {
  rendered = 'render' in task ? task.render.id : '';
  const outcome = await work(task, receives);
  const back = returnOf(outcome, receives, clock.now());
  say({ back, machineTrouble: outcome.end === 'put-back', residentBytes: 0 });
});
process.on('disconnect', () => process.exit(0));
