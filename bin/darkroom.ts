#!/usr/bin/env node
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { typicalUsage, type Usage } from '../lib/adapters/aws/cost.ts';
import { costTable } from '../lib/adapters/aws/cost-table.ts';
import { Unusable } from '../lib/core/unusable.ts';
import { realDisk } from '../lib/local/disk.ts';
import { startHost } from '../lib/local/host.ts';
import { logTo } from '../lib/local/line-log.ts';
import { replay } from '../lib/local/replay.ts';
import { readSettings, workerEnvironment } from '../lib/local/settings.ts';
import { sharpRenderer } from '../lib/render/sharp-renderer.ts';
import manifest from '../package.json' with { type: 'json' };
import { rebuildFrom, render, upload } from './commands.ts';

const serve = async (): Promise<void> => {
  const settings = readSettings(process.env);
  const { default: config } = await import('../darkroom.config.ts');
  const log = logTo(process.stderr, settings.log, Date.now);
  const renderer = sharpRenderer();
  const host = await startHost({
    config,
    settings,
    log,
    clock: { now: Date.now },
    chance: { bytes: randomBytes },
    release: manifest.version,
    disk: realDisk,
    recipeOf: (preset, keepCopyright = config.keepCopyright) => renderer.recipe(preset, keepCopyright),
    worker: {
      program: fileURLToPath(new URL('render-worker.ts', import.meta.url)),
      environment: workerEnvironment(process.env, settings),
    },
  });
  const stop = () => void host.stop().then(() => process.exit(0));
  process.on('SIGTERM', stop).on('SIGINT', stop);
  if (process.env.npm_lifecycle_event !== undefined) whenOrphaned(stop);
  process.stdout.write(`Darkroom is ready: ${host.url}\n`);
};

/** `npm start` passes a signal to its shell only, and the shell ends without passing it on. */
const whenOrphaned = (stop: () => void): void => {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && stop(), 500).unref();
};

const darkroom = new Command('darkroom').description(manifest.description).version(manifest.version);
darkroom.command('serve').description('Run Darkroom on this machine').action(serve);
darkroom
  .command('render')
  .description('Render a picture into a folder, as an upload would be')
  .argument('<file>')
  .requiredOption('--out <folder>', 'folder for the variants and the manifest')
  .option('--preset <name>', 'preset (default: the one of the configuration)')
  .action(render);
darkroom
  .command('upload')
  .description('Upload pictures to a running Darkroom and wait until they are ready')
  .argument('<files...>')
  .option('--url <address>', 'address of the service', 'http://127.0.0.1:8787')
  .option('--key <key>', 'API key, if the service needs one')
  .option('--preset <name>', 'preset (default: the one of the configuration)')
  .option('--collection <name>', 'collection of the images')
  .action(upload);
darkroom
  .command('replay')
  .description('Send past events to the webhook again')
  .requiredOption('--since <time>', 'events since this time, such as 2026-11-20T08:00:00Z')
  .option('--id <image>', 'events of this image only')
  .action((options) => {
    const events = replay(readSettings(process.env).data, options, Date.now());
    process.stdout.write(`Events that are due again: ${events}.\n`);
  });
darkroom
  .command('rebuild')
  .description('make the catalogue of DARKROOM_DATA again from what is stored there, while the service is stopped')
  .action(() => rebuildFrom(readSettings(process.env).data));

const amount = (text: string): number => {
  const value = Number(text);
  if (!(value >= 0)) throw new Unusable(`${text} is not an amount.`);
  return value;
};
darkroom
  .command('cost')
  .description('Compute what pictures cost on AWS, by its list prices')
  .option('--images <count>', 'number of images', amount, typicalUsage.images)
  .option('--original-bytes <bytes>', 'size of one original', amount, typicalUsage.originalBytes)
  .option('--variant-bytes <bytes>', 'size of all variants of one image', amount, typicalUsage.variantBytes)
  .option('--variant-files <count>', 'variants of one image', amount, typicalUsage.variantFiles)
  .option('--render-seconds <seconds>', 'render time of one image', amount, typicalUsage.renderSeconds)
  .option('--render-memory-mib <mebibytes>', 'memory of the renderer', amount, typicalUsage.renderMemoryMib)
  .option('--views-per-image <count>', 'views of one image in a month', amount, typicalUsage.viewsPerImage)
  .option('--view-bytes <bytes>', 'size of one view', amount, typicalUsage.viewBytes)
  .option(
    '--cdn-hit-share <share>',
    'share of views that the CDN answers, from 0 to 1',
    amount,
    typicalUsage.cdnHitShare,
  )
  .option('--no-cold', 'keep originals in S3 Standard')
  .action((usage: Partial<Usage>) => void process.stdout.write(`${costTable({ ...typicalUsage, ...usage })}\n`));

try {
  await darkroom.parseAsync();
} catch (error) {
  if (!(error instanceof Unusable)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
