import type { SQSEvent } from 'aws-lambda';
import { sqliteCatalogue } from '../lib/adapters/local/sqlite-catalogue.ts';
import { sqliteJobBook } from '../lib/adapters/local/sqlite-job-book.ts';
import { sqliteJobQueue } from '../lib/adapters/local/sqlite-job-queue.ts';
import { maxReceives } from '../lib/core/image.ts';
import { renderHandler } from '../lib/handlers/render.ts';
import { openHome } from '../lib/local/home.ts';
import { logTo } from '../lib/local/line-log.ts';
import type { WorkerMessage } from '../lib/local/render-workers.ts';
import { readSettings } from '../lib/local/settings.ts';
import { sharpRenderer } from '../lib/render/sharp-renderer.ts';

// One of the host's renderers: an event in, its answer out, one after the other, until the host lets go.

const settings = readSettings(process.env);
const { default: config } = await import('../darkroom.config.ts');
const clock = { now: Date.now };
const home = openHome(settings.data);
const renderer = sharpRenderer();
/** Whether the event at hand was put back for trouble of the machine. */
let putBack = false;
const say = (message: WorkerMessage): void => void process.send?.(message);
const render = renderHandler({
  ...home,
  catalogue: sqliteCatalogue(home.database),
  jobs: sqliteJobBook(home.database),
  queue: sqliteJobQueue(home.database, { clock, maxReceives }),
  renderer: {
    ...renderer,
    render: (...order) => {
      say('rendering');
      return renderer.render(...order);
    },
  },
  tally: ({ end }) => {
    putBack ||= end === 'put-back';
  },
  clock,
  config,
  log: logTo(process.stderr, settings.log, Date.now),
});

process.on('message', async (event: SQSEvent) => {
  putBack = false;
  const response = await render(event);
  say({ response, residentBytes: process.memoryUsage.rss(), putBack });
});
// The host decides when a render has had its time; a signal to the whole group must not cut it short.
process.on('SIGINT', () => undefined).on('SIGTERM', () => undefined);
process.on('disconnect', () => process.exit(0));
