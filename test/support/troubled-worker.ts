import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SQSEvent } from 'aws-lambda';
import darkroomConfig from '../../darkroom.config.ts';
import { sqliteCatalogue } from '../../lib/adapters/local/sqlite-catalogue.ts';
import { sqliteJobBook } from '../../lib/adapters/local/sqlite-job-book.ts';
import { sqliteJobQueue } from '../../lib/adapters/local/sqlite-job-queue.ts';
import { maxReceives } from '../../lib/core/image.ts';
import { renderHandler } from '../../lib/handlers/render.ts';
import { openHome } from '../../lib/local/home.ts';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';

// A renderer whose disk is full for as long as there is a file called `full` in the data folder, and which dies of the image
// whose id is in the file `poison`.

const data = process.env.DARKROOM_DATA ?? '';
const clock = { now: Date.now };
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const home = openHome(data);
let putBack = false;
let body = '';
const poison = existsSync(join(data, 'poison')) ? readFileSync(join(data, 'poison'), 'utf8') : undefined;
const renderer = sharpRenderer();
const render = renderHandler({
  ...home,
  variants: {
    ...home.variants,
    put: async (...file) => {
      if (existsSync(join(data, 'full'))) throw Object.assign(new Error('No space.'), { code: 'ENOSPC' });
      await home.variants.put(...file);
    },
  },
  catalogue: sqliteCatalogue(home.database),
  jobs: sqliteJobBook(home.database),
  // Put back without a delay, so that a test need not wait for it; the circuit breaker of the host pauses all the same.
  queue: (({ putBack, ...queue }) => ({ ...queue, putBack: (receipt: string) => putBack(receipt, 0) }))(
    sqliteJobQueue(home.database, { clock, maxReceives }),
  ),
  renderer: {
    ...renderer,
    render: (...order) => {
      process.send?.('rendering');
      if (poison !== undefined && body.includes(poison)) process.kill(process.pid, 'SIGKILL');
      return renderer.render(...order);
    },
  },
  clock,
  config: darkroomConfig,
  log: silent,
  tally: ({ end }) => {
    putBack ||= end === 'put-back';
  },
});

process.on('message', async (event: SQSEvent) => {
  putBack = false;
  body = event.Records.map((record) => record.body).join();
  const response = await render(event);
  process.send?.({ response, residentBytes: 0, putBack });
});
process.on('disconnect', () => process.exit(0));
