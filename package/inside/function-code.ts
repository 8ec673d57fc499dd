import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { Config } from '../../lib/core/config.ts';
import type { FunctionName } from '../../lib/environment.ts';
import manifest from '../../package.json' with { type: 'json' };

// In the package this replaces lib/infra/function-code.ts (docs/decisions.md#bundled-handlers).

const functions = fileURLToPath(new URL('../functions', import.meta.url));

export const usualRelease = manifest.version;

/** The bundle that was made when the package was, with the configuration beside it. */
export const functionCode = (name: FunctionName, config: Config, release: string): Code => {
  const settings = JSON.stringify({ config, release });
  return Code.fromAsset(join(functions, name), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('never-used'),
      // Part of the asset's identity.
      command: [name, settings],
      local: {
        tryBundle: (folder) => {
          cpSync(join(functions, name), folder, { recursive: true });
          // The deployed code needs the licences with it.
          cpSync(join(functions, '../NOTICE'), join(folder, 'NOTICE'));
          writeFileSync(join(folder, 'darkroom.json'), settings);
          return true;
        },
      },
    },
  });
};
