import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import config from '../../darkroom.config.ts';
import { DarkroomStack, type DarkroomStackProps } from '../../lib/infra/darkroom-stack.ts';

const { context } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')) as {
  context: Record<string, unknown>;
};

export const allowedOrigins = ['https://app.example', 'https://admin.example'];

export type Synthesised = { readonly stack: DarkroomStack; readonly template: Template };

/** The stack as `cdk synth` makes it, but for the layer: an empty folder stands in for what npm would install. */
export const synthesised = (props: Partial<DarkroomStackProps> = {}, bundles = false): Synthesised => {
  const folder = mkdtempSync(join(tmpdir(), 'darkroom-synth-'));
  try {
    const layer = join(folder, 'layer');
    mkdirSync(layer);
    writeFileSync(join(layer, 'empty'), '');
    const app = new App({
      outdir: join(folder, 'cdk.out'),
      context: { ...context, ...(bundles ? {} : { 'aws:cdk:bundling-stacks': [] }) },
    });
    const stack = new DarkroomStack(app, 'Darkroom', { config, allowedOrigins, sharpLayerFolder: layer, ...props });
    return { stack, template: Template.fromStack(stack) };
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
