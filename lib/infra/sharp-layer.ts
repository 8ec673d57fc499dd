import { type Architecture, Code, LayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { layerCode } from './layer-code.ts';

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

  constructor(scope: Construct, id: string, { architecture, folder }: SharpLayerProps) {
    super(scope, id);
    this.version = new LayerVersion(this, 'Version', {
      code: folder === undefined ? layerCode(architecture) : Code.fromAsset(folder),
      compatibleArchitectures: [architecture],
      compatibleRuntimes: [Runtime.NODEJS_24_X],
      description: 'sharp with libvips, from layers/sharp',
    });
  }
}
