import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Architecture, Code } from 'aws-cdk-lib/aws-lambda';

// In the package, package/inside/layer-code.ts replaces this file: there, npm fetches sharp while the template is made.

const builtFolders = fileURLToPath(new URL('../../layers/sharp/out', import.meta.url));

/** sharp for the architecture, as `npm run layer` built it. */
export const layerCode = ({ name }: Architecture): Code => {
  const folder = join(builtFolders, name);
  if (!existsSync(folder)) throw new Error(`The sharp layer has not been built for ${name}: npm run layer -- ${name}`);
  return Code.fromAsset(folder);
};
