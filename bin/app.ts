import { App } from 'aws-cdk-lib';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import config from '../darkroom.config.ts';
import { buildLayer } from '../layers/sharp/build.ts';
import { DarkroomStack } from '../lib/infra/darkroom-stack.ts';
import { readDeploySettings } from '../lib/infra/deploy-settings.ts';
import { checkBusRegion } from '../lib/infra/events.ts';
import manifest from '../package.json' with { type: 'json' };

// The CDK program: `npm run deploy` runs it, and so does any other command of the CDK. Settings come from `--context`, or from `context` in cdk.json.

const app = new App();
const { architecture, ...settings } = readDeploySettings(
  (name) => app.node.tryGetContext(name),
  Object.keys(app.node.getAllContext()),
);

// Every command of the CDK synthesises the template, also `destroy`, and also in a fresh clone.
buildLayer(architecture);

const { pipeline, region } = new DarkroomStack(app, settings.stackName, {
  ...settings,
  config,
  release: manifest.version,
  architecture: architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
});

// The template is for any region; the CDK says here for which it is now.
checkBusRegion(pipeline.events.bus, process.env.CDK_DEFAULT_REGION ?? region);
