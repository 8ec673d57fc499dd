import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { type LoggedEvent, sqliteOutbox } from '../adapters/local/sqlite-outbox.ts';
import { notificationOf } from '../contract/events.ts';
import { parseWholeNumber } from './arguments.ts';
import { presentHome } from './present-home.ts';
import { replayCommand } from './replay.ts';
import type { Shell } from './shell.ts';
import { growingTable, writeJson } from './table.ts';

export const eventsCommand = (shell: Shell): Command =>
  new Command('events')
    .description('Show the events of DARKROOM_DATA, or send past ones again. The service may run.')
    .addCommand(tailCommand(shell))
    .addCommand(replayCommand(shell))
    .addHelpText(
      'after',
      `
For one box. In the AWS home an archive of EventBridge keeps events and sends them again: docs/webhooks.md says how.

Examples:
  DARKROOM_DATA=/srv/darkroom darkroom events tail --follow
  DARKROOM_DATA=/srv/darkroom darkroom events replay --since 2026-11-20T08:00:00Z`,
    );

type Options = { readonly limit: number; readonly follow?: true; readonly json?: true };

const tailCommand = (shell: Shell): Command =>
  new Command('tail')
    .description('Show the newest events, oldest first, and whether the webhook has got them.')
    .option('--limit <count>', 'number of events to begin with', parseWholeNumber(0, 100_000), 20)
    .option('--follow', 'keep running, and show new events until Ctrl-C')
    .option('--json', 'print one JSON object per line')
    .addHelpText(
      'after',
      `
The columns are the time, the type, the image, the version and the delivery: delivered, waiting (with the number of failed
attempts) or given up.

Examples:
  DARKROOM_DATA=/srv/darkroom darkroom events tail
  DARKROOM_DATA=/srv/darkroom darkroom events tail --follow --json`,
    )
    .action((options: Options) => tail(shell, options));

const pollMs = 500;

const tail = async (shell: Shell, { limit, follow, json }: Options): Promise<void> => {
  const { database } = await presentHome(shell);
  const outbox = sqliteOutbox(database);
  const row = growingTable(shell, ['TIME', 'TYPE', 'IMAGE', 'V', 'DELIVERY'], [24, 13, 26, 3]);
  const show = (events: readonly LoggedEvent[]): void => {
    for (const one of events)
      if (json) writeJson(shell, { ...notificationOf(one.event), delivery: one.delivery, attempts: one.attempts });
      else row(cellsOf(one));
  };
  const first = outbox.newest(Math.max(limit, 1));
  if (limit > 0) show(first);
  if (follow) {
    const stopped = shell.interruption();
    let last = first.at(-1)?.sequence ?? 0;
    while (!stopped.aborted) {
      const events = outbox.after(last);
      show(events);
      last = events.at(-1)?.sequence ?? last;
      await sleep(pollMs);
    }
  }
  database.close();
};

const cellsOf = ({ event, delivery, attempts }: LoggedEvent): readonly string[] => {
  const { type, at, data } = notificationOf(event);
  const state = attempts > 0 && delivery === 'waiting' ? `waiting (${attempts} failed)` : delivery;
  return [at, type, data.id, data.version === undefined ? '-' : `v${data.version}`, state];
};
