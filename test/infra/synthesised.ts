import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import config from '../../darkroom.config.ts';
import { DarkroomStack, type DarkroomStackProps } from '../../lib/infra/darkroom-stack.ts';
import { ImagePipeline, type ImagePipelineProps } from '../../lib/infra/image-pipeline.ts';

const { context } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')) as {
  context: Record<string, unknown>;
};
const unbundled = { 'aws:cdk:bundling-stacks': [] };

export const allowedOrigins = ['https://app.example', 'https://admin.example'];

export type Synthesised = {
  readonly stack: Stack;
  readonly template: Template;
  /** The names of the files in each asset that is a folder. */
  readonly assets: readonly (readonly string[])[];
};

/** The stack as `cdk synth` makes it, but for the layer. */
export const synthesised = (props: Partial<DarkroomStackProps> = {}, bundles = false): Synthesised =>
  inApp({ ...context, ...(bundles ? {} : unbundled) }, (app, sharpLayerFolder) => {
    return new DarkroomStack(app, 'Darkroom', { config, allowedOrigins, sharpLayerFolder, ...props });
  });

/** Pipelines in a CDK app of one's own, which has none of our flags, with other things of their stack. */
export const synthesisedBeside = (
  others: (stack: Stack) => Partial<ImagePipelineProps>,
  ids: readonly string[] = ['Images'],
): Synthesised =>
  inApp(unbundled, (app, sharpLayerFolder) => {
    const stack = new Stack(app, 'Estate');
    const props = { config, allowedOrigins, sharpLayerFolder, ...others(stack) };
    for (const id of ids) new ImagePipeline(stack, id, props);
    const reason = 'Each pipeline has its own, because it may be alone.';
    Validations.of(stack).acknowledge({ id: 'CloudFormation-Validate::W9053', reason });
    return stack;
  });

/** For a stack with a key of its own, and a VPC that is there already. */
export const keyAndVpc = (stack: Stack): Partial<ImagePipelineProps> => {
  const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['eu-west-1a', 'eu-west-1b'],
    privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  });
  return { encryptionKey: new Key(stack, 'Key'), network: { vpc } };
};

/** An empty folder stands in for the packages of the layer that npm would install. */
const inApp = (context: Record<string, unknown>, make: (app: App, sharpLayerFolder: string) => Stack): Synthesised => {
  const folder = mkdtempSync(join(tmpdir(), 'darkroom-synth-'));
  try {
    const layer = join(folder, 'layer');
    mkdirSync(layer);
    writeFileSync(join(layer, 'empty'), '');
    const stack = make(new App({ outdir: join(folder, 'cdk.out'), context }), layer);
    const template = Template.fromStack(stack);
    const out = join(folder, 'cdk.out');
    const assets = readdirSync(out, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => readdirSync(join(out, name)).sort());
    return { stack, template, assets };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

export type Resource = {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template has no type of its own; the assertions look into it.
  readonly Properties: Record<string, any>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
};

export const resources = ({ template }: Synthesised, type: string, id = ''): readonly Resource[] =>
  Object.entries(template.findResources(type))
    .filter(([name]) => name.includes(id))
    .map(([, resource]) => resource as Resource);

export const only = (made: Synthesised, type: string, id = ''): Resource['Properties'] => {
  const [resource, ...others] = resources(made, type, id);
  if (!resource || others.length > 0) throw new Error(`${others.length + (resource ? 1 : 0)} resources ${type} ${id}`);
  return resource.Properties;
};
