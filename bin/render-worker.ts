import { sqliteBulkJobs } from '../lib/adapters/local/sqlite-bulk-jobs.ts';
import { sqliteCatalogue } from '../lib/adapters/local/sqlite-catalogue.ts';
import { sqliteTaskQueue } from '../lib/adapters/local/sqlite-task-queue.ts';
import { maxReceives } from '../lib/core/image.ts';
import { openHome } from '../lib/local/home.ts';
import { logTo } from '../lib/local/line-log.ts';
import type { WorkerMessage, WorkerOrder } from '../lib/local/render-workers.ts';
import { readSettings } from '../lib/local/settings.ts';
import { sharpRenderer } from '../lib/render/sharp-renderer.ts';
import { returnOf, workWith } from '../lib/work/work.ts';

// One of the host's renderers: a task in, its outcome out, one after the other, until the host disconnects.

const settings = readSettings(process.env);
const { default: config } = await import('../darkroom.config.ts');
const clock = { now: Date.now };
const home = openHome(settings.data);
const renderer = sharpRenderer();
const say = (message: WorkerMessage): void => void process.send?.(message);
const work = workWith({
  ...home,
  catalogue: sqliteCatalogue(home.database),
  jobs: sqliteBulkJobs(home.database),
  queue: sqliteTaskQueue(home.database, { clock, maxReceives }),
  renderer: {
    ...renderer,
    render: (...order) => {
      say('rendering');
      return renderer.render(...order);
    },
  },
  clock,
  config,
  log: logTo(process.stderr, settings.log, Date.now),
});

process.on('message', async ({ task, receives }: WorkerOrder) => {
  const outcome = await work(task, receives);
  say({
    back: returnOf(outcome, receives, clock.now()),
    machineTrouble: outcome.end === 'put-back',
    residentBytes: process.memoryUsage.rss(),
  });
});
// The host decides when to stop a render; a signal to the whole process group must not.
process.on('SIGINT', () => undefined).on('SIGTERM', () => undefined);
process.on('disconnect', () => process.exit(0));
