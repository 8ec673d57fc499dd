import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AlbumStack } from '../../examples/cdk/app.ts';

const folder = mkdtempSync(join(tmpdir(), 'darkroom-album-'));
// An empty folder stands in for what npm would install, as in the tests of our own stack.
const sharpLayerFolder = join(folder, 'layer');
mkdirSync(sharpLayerFolder);
writeFileSync(join(sharpLayerFolder, 'empty'), '');
const app = new App({ outdir: join(folder, 'cdk.out'), context: { 'aws:cdk:bundling-stacks': [] } });
const stack = new AlbumStack(app, 'Album', { sharpLayerFolder });
const template = Template.fromStack(stack);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('examples/cdk puts the whole pipeline into a stack of its own', () => {
  const described = Object.values(template.findResources('AWS::Lambda::Function')).map(
    ({ Properties }) => Properties.Description ?? '',
  );
  expect(described.filter((text) => text.startsWith('Darkroom: functions/'))).toHaveLength(7);
});

test('examples/cdk runs its function for the pictures of this deployment alone', () => {
  const names = Object.values(template.findResources('AWS::Lambda::Function')).flatMap(
    ({ Properties }) => Properties.Environment?.Variables.DARKROOM_NAME ?? [],
  );
  const [deployment] = names;
  expect(new Set(names).size).toBe(1);
  template.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: { source: ['darkroom'], 'detail-type': ['image.ready'], detail: { deployment: [deployment] } },
    Targets: [Match.objectLike({ Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^NewPicture'), 'Arn'] } })],
  });
});

test('examples/cdk lets its function read originals, and do nothing else to them', () => {
  const statements = Object.entries(template.findResources('AWS::IAM::Policy'))
    .filter(([id]) => id.startsWith('NewPicture'))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement as { Action: string }[]);
  expect(statements.map(({ Action }) => Action).sort()).toEqual(['s3:GetObject', 's3:ListBucket']);
});
