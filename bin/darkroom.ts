#!/usr/bin/env node
import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { openDatabase } from '../lib/adapters/local/database.ts';
import { errorCode } from '../lib/adapters/local/error-code.ts';
import { backupCommand } from '../lib/commands/backup.ts';
import { bucketOf } from '../lib/commands/bucket.ts';
import { capacityCommand } from '../lib/commands/capacity.ts';
import { compareCommand } from '../lib/commands/compare.ts';
import { completionCommand } from '../lib/commands/completion.ts';
import { costCommand } from '../lib/commands/cost.ts';
import { deleteCommand } from '../lib/commands/delete.ts';
import { doctorCommand } from '../lib/commands/doctor.ts';
import { downloadCommand } from '../lib/commands/download.ts';
import { eventsCommand } from '../lib/commands/events.ts';
import { fileTrouble } from '../lib/commands/file-trouble.ts';
import { importCommand } from '../lib/commands/import.ts';
import { jobsCommand } from '../lib/commands/jobs.ts';
import { keysCommand } from '../lib/commands/keys.ts';
import { listCommand } from '../lib/commands/list.ts';
import { moveCommand } from '../lib/commands/move.ts';
import { openCommand } from '../lib/commands/open.ts';
import { rebuildCommand } from '../lib/commands/rebuild.ts';
import { reconcileCommand } from '../lib/commands/reconcile.ts';
import { referenceCommand } from '../lib/commands/reference.ts';
import { renderCommand } from '../lib/commands/render.ts';
import { renderFilesCommand } from '../lib/commands/render-files.ts';
import { reprocessCommand } from '../lib/commands/reprocess.ts';
import { restoreCommand } from '../lib/commands/restore.ts';
import { CommandEnd, exitCodes, exitMeanings, type Shell } from '../lib/commands/shell.ts';
import { showCommand } from '../lib/commands/show.ts';
import { uploadCommand } from '../lib/commands/upload.ts';
import { verifyCommand } from '../lib/commands/verify.ts';
import { Unusable } from '../lib/core/unusable.ts';
import { realDisk } from '../lib/local/disk.ts';
import { startHost } from '../lib/local/host.ts';
import { logTo } from '../lib/local/line-log.ts';
import { withLittleMemory } from '../lib/local/little-memory.ts';
import { memoryAdvice } from '../lib/local/memory-advice.ts';
import { machineBytes } from '../lib/local/render-budget.ts';
import { rendererProgram } from '../lib/local/renderer-program.ts';
import { readSettings } from '../lib/local/settings.ts';
import { wallsFor } from '../lib/local/walls.ts';
import { sharpRenderer } from '../lib/render/sharp-renderer.ts';
import manifest from '../package.json' with { type: 'json' };

const serve = async ({ json }: { readonly json?: true }): Promise<void> => {
  // A service that serves goes on without its log: the disk may be full, or the program that collects lines may have ended.
  for (const output of [process.stdout, process.stderr])
    output.off('error', endWithOutput).on('error', () => undefined);
  const settings = readSettings(process.env);
  const { default: config } = await import('../darkroom.config.ts');
  const log = logTo(process.stderr, settings.log, Date.now);
  const clock = { now: Date.now };
  const renderer = sharpRenderer();
  // A Node.js without a database says so here, before a renderer fails by an option that this Node.js does not know.
  openDatabase(':memory:').close();
  // In the package, programs are JavaScript.
  const program = fileURLToPath(new URL(`render-worker${extname(import.meta.url)}`, import.meta.url));
  const ours = await rendererProgram(program, process.execPath, fileURLToPath(import.meta.resolve('sharp')));
  const { launch, walls, refused } = await wallsFor(ours, process.env, settings.sandbox);
  const limited = { ...launch, arguments: [...launch.arguments, String(settings.renderMemoryBytes)] };
  const host = await startHost({
    config,
    settings,
    log,
    clock,
    bucket: await bucketOf(settings.objects, clock),
    chance: { bytes: randomBytes },
    release: manifest.version,
    disk: realDisk,
    recipeOf: (preset, keepCopyright = config.keepCopyright) => renderer.recipe(preset, keepCopyright),
    launch: settings.hasLittleMemory ? withLittleMemory(limited) : limited,
  });
  log.info('renderers start behind walls', { walls, refused });
  const advice = memoryAdvice(settings, machineBytes());
  if (advice !== undefined) log.warn(advice);
  const stop = () => void host.stop().then(() => process.exit(0));
  process.on('SIGTERM', stop).on('SIGINT', stop);
  if (process.env.npm_lifecycle_event !== undefined) whenOrphaned(stop);
  process.stdout.write(json ? `${JSON.stringify({ url: host.url })}\n` : `Darkroom is ready: ${host.url}\n`);
};

/** `npm start` passes a signal to its shell only, and the shell ends without passing it on: docs/decisions.md#npm-parent */
const whenOrphaned = (stop: () => void): void => {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && stop(), 500).unref();
};

const interruption = (): AbortSignal => {
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  return controller.signal;
};
/** `darkroom list | head` has what it wants. A full disk behind `>` is trouble, and no fault of the program. */
const endWithOutput = (error: Error): void => {
  if (errorCode(error) === 'EPIPE') process.exit(exitCodes.unread);
  process.stderr.write(`The output cannot be written: ${fileTrouble(error) ?? String(error)}.\n`);
  process.exit(exitCodes.failed);
};
process.stdout.on('error', endWithOutput);
process.stderr.on('error', endWithOutput);

const shell: Shell = {
  variables: process.env,
  out: process.stdout,
  err: process.stderr,
  now: Date.now,
  chance: () => randomBytes(16).toString('hex'),
  interruption,
  homeFolder: homedir(),
};
const configured = async () => (await import('../darkroom.config.ts')).default;

const darkroom = new Command('darkroom').description(manifest.description).version(manifest.version);
darkroom.addHelpText(
  'after',
  `
Examples:
  darkroom serve
  darkroom upload ~/Pictures/2026 --collection holidays
  darkroom show dz3kq7w2ynfa5xbv4hcd6tjrpe --why
  darkroom help upload

Exit codes:
${exitMeanings.map(([code, meaning]) => `  ${String(code).padEnd(3)}  ${meaning}`).join('\n')}`,
);
darkroom
  .command('serve')
  .description('Run Darkroom on this machine until Ctrl-C or SIGTERM.')
  .option('--json', 'print the line that says that it is ready as JSON')
  .addHelpText(
    'after',
    `
The settings are environment variables: docs/configuration.md lists them. The log goes to the standard error: text on a terminal, JSON elsewhere.

Examples:
  darkroom serve
  DARKROOM_PORT=9000 DARKROOM_DATA=/srv/darkroom darkroom serve
  darkroom serve --json | jq -r .url`,
  )
  .action(serve);
darkroom.addCommand(uploadCommand(shell));
darkroom.addCommand(importCommand(shell));
darkroom.addCommand(compareCommand(shell));
darkroom.addCommand(listCommand(shell));
darkroom.addCommand(showCommand(shell));
darkroom.addCommand(openCommand(shell, process.platform));
darkroom.addCommand(downloadCommand(shell));
darkroom.addCommand(reprocessCommand(shell));
darkroom.addCommand(jobsCommand(shell));
darkroom.addCommand(deleteCommand(shell, process.stdin));
darkroom.addCommand(renderCommand(shell, fileURLToPath(import.meta.url), configured));
darkroom.addCommand(renderFilesCommand(process, configured), { hidden: true });
darkroom.addCommand(keysCommand(shell));
darkroom.addCommand(eventsCommand(shell));
darkroom.addCommand(reconcileCommand(shell));
darkroom.addCommand(rebuildCommand(shell, configured));
darkroom.addCommand(backupCommand(shell));
darkroom.addCommand(restoreCommand(shell));
darkroom.addCommand(moveCommand(shell, configured));

darkroom.addCommand(verifyCommand(shell));
darkroom.addCommand(doctorCommand(shell));
darkroom.addCommand(capacityCommand(shell, configured));
darkroom.addCommand(costCommand(shell));
darkroom.addCommand(completionCommand(shell, () => darkroom));
darkroom.addCommand(
  referenceCommand(shell, () => darkroom),
  { hidden: true },
);

const withAllBelow = (command: Command): Command[] => [command, ...command.commands.flatMap(withAllBelow)];
for (const command of withAllBelow(darkroom)) command.exitOverride();
try {
  await darkroom.parseAsync();
} catch (error) {
  // Commander has said already what it did not understand, and prints help under code 0.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : exitCodes.misused;
  else if (error instanceof Unusable) {
    if (error.message !== '') process.stderr.write(`${error.message}\n`);
    process.exitCode = error instanceof CommandEnd ? error.exitCode : exitCodes.failed;
  } else throw error;
}
