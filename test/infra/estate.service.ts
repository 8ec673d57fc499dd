import { describe, expect, test } from '@jest/globals';
import type { Stack } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { type IVpc, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { ImagePipelineProps } from '../../lib/infra/image-pipeline.ts';
import type { Properties } from './read-stack.ts';
import { synthesised, synthesisedBeside } from './synthesised.ts';

const stackWith = (own: (stack: Stack) => Partial<ImagePipelineProps>): Template => synthesisedBeside(own).template;

const propertiesOf = (template: Template, type: string, id = ''): readonly Properties[] =>
  Object.entries(template.findResources(type))
    .filter(([name]) => name.startsWith(`Images${id}`))
    .map(([, { Properties }]) => Properties as Properties);

const statementsOf = (template: Template, id: string): readonly Properties[] =>
  propertiesOf(template, 'AWS::IAM::Policy', id).flatMap(({ PolicyDocument }) => PolicyDocument.Statement);

/** Every function of the pipeline, such as `Api`. */
const functionsOf = (template: Template): readonly string[] =>
  Object.keys(template.findResources('AWS::Lambda::Function')).flatMap(
    (id) => /^Images(\w+)Function/.exec(id)?.[1] ?? [],
  );

describe('An alarm topic of your own', () => {
  const template = stackWith((stack) => ({ alarmTopic: new Topic(stack, 'OnCall') }));

  test('gets every alarm, and there is no other topic', () => {
    const alarms = propertiesOf(template, 'AWS::CloudWatch::Alarm');
    expect(alarms.length).toBeGreaterThan(10);
    const [topic] = Object.keys(template.findResources('AWS::SNS::Topic'));
    for (const { AlarmActions, OKActions } of alarms)
      expect([AlarmActions, OKActions]).toEqual([[{ Ref: topic }], [{ Ref: topic }]]);
    template.resourceCountIs('AWS::SNS::Topic', 1);
  });
});

describe('A log retention', () => {
  test('holds for every log of the pipeline', () => {
    const template = stackWith(() => ({ logRetention: RetentionDays.ONE_YEAR }));
    const retentions = propertiesOf(template, 'AWS::Logs::LogGroup').map(({ RetentionInDays }) => RetentionInDays);
    expect(retentions).toEqual(Array(8).fill(365));
  });
});

describe('A web ACL', () => {
  const arn = 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/site/1a2b';

  test('is in front of the CDN', () => {
    const [distribution] = propertiesOf(
      stackWith(() => ({ webAclArn: arn })),
      'AWS::CloudFront::Distribution',
    );
    expect(distribution?.DistributionConfig.WebACLId).toBe(arn);
  });
});

describe('A key of your own', () => {
  const template = stackWith((stack) => ({ encryptionKey: new Key(stack, 'Key') }));
  const [id = ''] = Object.keys(template.findResources('AWS::KMS::Key'));
  const key = { 'Fn::GetAtt': [id, 'Arn'] };

  test('encrypts the originals, with one data key for many of them, and the table', () => {
    expect(propertiesOf(template, 'AWS::S3::Bucket', 'Originals')[0]?.BucketEncryption).toEqual({
      ServerSideEncryptionConfiguration: [
        { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: key } },
      ],
    });
    expect(propertiesOf(template, 'AWS::DynamoDB::Table')[0]?.SSESpecification).toEqual({
      KMSMasterKeyId: key,
      SSEEnabled: true,
      SSEType: 'KMS',
    });
  });

  const users = functionsOf(template).filter((name) => name !== 'Authorize');

  test.each(users)('may be used by %s', (name) => {
    expect(users).toHaveLength(6);
    expect(statementsOf(template, name)).toContainEqual({
      Action: ['kms:Decrypt', 'kms:Encrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
      Effect: 'Allow',
      Resource: key,
    });
  });

  test('may not be used by the function that checks keys of the API', () => {
    expect(JSON.stringify(statementsOf(template, 'Authorize'))).not.toContain('kms:');
  });
});

describe('A former key', () => {
  const former = 'arn:aws:kms:eu-central-1:123456789012:key/1a2b';
  const withFormer = (hasOne: boolean) =>
    stackWith((stack) => ({
      formerEncryptionKeys: [Key.fromKeyArn(stack, 'Former', former)],
      ...(hasOne && { encryptionKey: new Key(stack, 'Key') }),
    }));

  test.each([true, false])(
    'still opens what it encrypted, and encrypts nothing more, for every function that reads (with another key now: %s)',
    (hasOne) => {
      const template = withFormer(hasOne);
      for (const name of functionsOf(template)) {
        const rights = statementsOf(template, name).filter(({ Resource }) => Resource === former);
        expect(rights).toEqual(
          name === 'Authorize' ? [] : [{ Action: 'kms:Decrypt', Effect: 'Allow', Resource: former }],
        );
      }
    },
  );
});

describe('A VPC', () => {
  const template = stackWith((stack) => {
    // CDK's own class and interface differ under exactOptionalPropertyTypes.
    const vpc = new Vpc(stack, 'Vpc', { maxAzs: 2 }) as IVpc;
    return { network: { vpc, securityGroups: [new SecurityGroup(stack, 'Inside', { vpc })] } };
  });

  test('holds every function, in its private subnets and in the given group', () => {
    const functions = propertiesOf(template, 'AWS::Lambda::Function');
    expect(functions).toHaveLength(7);
    for (const { VpcConfig } of functions) {
      expect(VpcConfig.SubnetIds).toEqual([
        { Ref: expect.stringContaining('PrivateSubnet1') },
        { Ref: expect.stringContaining('PrivateSubnet2') },
      ]);
      expect(VpcConfig.SecurityGroupIds).toEqual([{ 'Fn::GetAtt': [expect.stringMatching(/^Inside/), 'GroupId'] }]);
    }
  });

  test.each(functionsOf(template))('may be joined by %s', (name) => {
    expect(statementsOf(template, name)).toContainEqual(
      expect.objectContaining({
        Sid: 'JoinTheNetwork',
        Action: expect.arrayContaining(['ec2:CreateNetworkInterface']),
      }),
    );
  });
});

describe('Without any of them', () => {
  test('there is no key, no VPC and no ACL, and one topic', () => {
    const text = JSON.stringify(synthesised().template.toJSON());
    for (const word of ['kms:', 'KMSMasterKey', 'VpcConfig', 'ec2:', 'WebACLId']) expect(text).not.toContain(word);
    expect(text.match(/"AWS::SNS::Topic"/g)).toHaveLength(1);
  });
});
