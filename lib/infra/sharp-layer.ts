import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Architecture, Code, LayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

export interface SharpLayerProps {
  readonly architecture: Architecture;
  /**
   * A folder that holds `nodejs/node_modules` with sharp for the architecture.
   * @default what `npm run layer` built
   */
  readonly folder?: string | undefined;
}

/** sharp and libvips as a Lambda layer: they change less often than our code and are larger. */
export class SharpLayer extends Construct {
  readonly version: LayerVersion;

  constructor(scope: Construct, id: string, { architecture, folder = builtFolder(architecture) }: SharpLayerProps) {
    super(scope, id);
    if (!existsSync(folder))
      throw new Error(
        `The sharp layer has not been built for ${architecture.name}: npm run layer -- ${architecture.name}`,
      );
    this.version = new LayerVersion(this, 'Version', {
      code: Code.fromAsset(folder),
      compatibleArchitectures: [architecture],
      compatibleRuntimes: [Runtime.NODEJS_24_X],
      description: 'sharp with libvips, from layers/sharp',
    });
  }
}

const builtFolder = ({ name }: Architecture): string =>
  join(fileURLToPath(new URL('../../layers/sharp/out', import.meta.url)), name);
