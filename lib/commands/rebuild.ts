import { Command } from 'commander';
import type { Config } from '../core/config.ts';
import { rebuild } from '../local/rebuild.ts';
import { readSettings } from '../local/settings.ts';
import { bucketOf } from './bucket.ts';
import { tellingTrouble } from './home-trouble.ts';
import { typeOf } from './picture-file.ts';
import type { Shell } from './shell.ts';

export const rebuildCommand = (shell: Shell, configured: () => Promise<Config>): Command =>
  new Command('rebuild')
    .description('Make the catalogue again from the files in DARKROOM_DATA. Stop the service first.')
    .option('--json', 'print one JSON object per line')
    .addHelpText(
      'after',
      `
Example:
  DARKROOM_DATA=/srv/darkroom darkroom rebuild`,
    )
    .action(async ({ json }: { json?: true }) => {
      const { data, objects } = readSettings(shell.variables);
      const typeIfAccepted = (bytes: Uint8Array) => {
        const found = typeOf(bytes);
        return found.refused === undefined ? found.contentType : undefined;
      };
      const world = { config: await configured(), typeOf: typeIfAccepted };
      const bucket = await bucketOf(objects, shell);
      const places = { folder: data, stores: [bucket?.place] };
      const done = await tellingTrouble(places, () => rebuild(data, world, bucket));
      const { images, ready, pending } = done;
      shell.out.write(
        json
          ? `${JSON.stringify(done)}\n`
          : `Images with something new: ${images}. Versions that are ready: ${ready}. Versions to render when the service starts: ${pending}.\n`,
      );
    });
