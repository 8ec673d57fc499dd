/** The entry `./construct` of the package: Darkroom in a CDK app of your own. */

import './inside/cdk-version.ts';

export type { ApiAuth } from '../lib/infra/api-access.ts';
export { DarkroomStack, type DarkroomStackProps } from '../lib/infra/darkroom-stack.ts';
export type { DeliveryDomain } from '../lib/infra/delivery.ts';
export type { Throttle } from '../lib/infra/http-api.ts';
export { ImagePipeline, type ImagePipelineProps } from '../lib/infra/image-pipeline.ts';
export type { Network } from '../lib/infra/pipeline-function.ts';
export * from './config.ts';
