import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { ListSecretsCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cloneProject, deploy, diff } from './deploy.ts';
import { dynamoClient, s3, secrets } from './emulated.ts';
import { functionsAt, mappingsAt } from './emulator-api.ts';
import { type Ministack, startMinistack } from './ministack.ts';

/** What is kept when a stack goes, by the names that AWS gave it. */
const kept = async (url: string): Promise<readonly string[]> => {
  const { Buckets = [] } = await s3(url).send(new ListBucketsCommand({}));
  const { TableNames = [] } = await dynamoClient(url).send(new ListTablesCommand({}));
  const { SecretList = [] } = await secrets(url).send(new ListSecretsCommand({}));
  return [...Buckets.map(({ Name = '' }) => Name), ...TableNames, ...SecretList.map(({ Name = '' }) => Name)].filter(
    (name) => name.toLowerCase().startsWith('darkroom-'),
  );
};

describe('A first deploy that AWS refuses in the middle', () => {
  let aws: Ministack;
  let project: string;
  beforeAll(async () => {
    // An account of its own, in which nothing has ever been deployed.
    aws = await startMinistack({ functionsAtOnce: 1000 });
    project = await cloneProject(aws.folder);
  });
  afterAll(() => aws.stop());

  test('leaves nothing behind, and the next one succeeds', async () => {
    const file = join(project, 'lib', 'infra', 'darkroom-stack.ts');
    const source = await readFile(file, 'utf8');
    // Stands for any service that may be refused to an account. It is created last.
    const refused = `
    const refused = new CfnResource(this, 'Refused', {
      type: 'AWS::Lambda::Url',
      properties: { TargetFunctionArn: 'nobody', AuthType: 'AWS_IAM' },
    });
    refused.node.addDependency(this.pipeline);`;
    await writeFile(
      file,
      source
        .replace('import { CfnOutput,', 'import { CfnOutput, CfnResource,')
        .replace(
          "this.pipeline = new ImagePipeline(this, 'Images', { ...this.existing(props), ...props });",
          (line) => line + refused,
        ),
    );
    await expect(deploy(project, aws.url)).rejects.toThrow(/Darkroom\/Refused|ROLLBACK/);
    expect(await kept(aws.url)).toEqual([]);
    expect(await functionsAt(aws.url)).toEqual([]);

    await writeFile(file, source);
    const { outputs, log } = await deploy(project, aws.url);
    expect(log).toContain('     yes');
    const said = 'the account may run 1000 functions at once: maxConcurrentRenders 10, reservedConcurrency 50';
    expect(log).toContain(`     ${said}\n`);
    const concurrencies = (await mappingsAt(aws.url)).flatMap(({ ScalingConfig }) => ScalingConfig ?? []);
    expect(concurrencies).toEqual([{ MaximumConcurrency: 10 }]);
    const difference = await diff(project, aws.url);
    expect(difference).toContain(`     ${said}\n`);
    expect(difference).toContain('Number of stacks with differences: 0');
    expect(await kept(aws.url)).toEqual(
      expect.arrayContaining([outputs.OriginalsBucket, outputs.VariantsBucket, outputs.Table]),
    );
    // Beside them the secret of the keys and the one that signs the tokens of tickets.
    expect(await kept(aws.url)).toHaveLength(5);
  }, 1_800_000);
});
