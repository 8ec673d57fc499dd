import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Code, Function as Lambda, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { defineConfig } from '../../lib/core/config.ts';
import { shippedPresets } from '../../lib/core/presets.ts';
import { ImagePipeline } from '../../lib/infra/image-pipeline.ts';

// A CDK app of your own with Darkroom in it. From the root of this repository:
// npm run layer && npx cdk deploy --app 'node examples/cdk/app.ts'

const { web } = shippedPresets;

/** What pictures become: a preset of your own beside the shipped one. Each size is always there, under its name. */
const config = defineConfig({
  presets: {
    web,
    album: {
      ...web,
      variants: [
        { name: 'page', width: 1600, height: 1200, fit: 'inside' },
        { name: 'cover', width: 400, height: 400, fit: 'cover', position: 'attention' },
      ],
    },
  },
  defaultPreset: 'album',
});

export type AlbumProps = {
  /** @default what `npm run layer` built */
  readonly sharpLayerFolder?: string;
};

/** An album: the pictures of Darkroom, and a function of its own that runs for each picture that is ready. */
export class AlbumStack extends Stack {
  constructor(scope: Construct, id: string, props: AlbumProps = {}) {
    super(scope, id);
    const images = new ImagePipeline(this, 'Images', {
      config,
      allowedOrigins: ['https://album.example'],
      ...props,
    });

    const newPicture = new Lambda(this, 'NewPicture', {
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromInline('exports.handler = async ({ detail }) => console.log(detail.data.id, detail.data.version)'),
    });
    // Every part of the pipeline is a property and grants what it has.
    images.originals.grantRead(newPicture);
    new Rule(this, 'Ready', {
      eventPattern: {
        source: ['darkroom'],
        detailType: ['image.ready'],
        detail: { deployment: [`${this.stackName}-Images`] },
      },
      targets: [new LambdaFunction(newPicture)],
    });

    new CfnOutput(this, 'Api', { value: images.api.url });
    new CfnOutput(this, 'Pictures', { value: images.delivery.site });
  }
}

if (import.meta.main) new AlbumStack(new App(), 'Album');
