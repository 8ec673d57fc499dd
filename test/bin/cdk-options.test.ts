import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { cdkOptions, forBootstrap } from '../../bin/cdk-options.ts';

const cdk = join(import.meta.dirname, '../../node_modules/aws-cdk/bin/cdk');
const read = (line: string) => cdkOptions(line.split(' ').filter(Boolean));

describe('Of the options of a deploy', () => {
  test.each([
    ['', {}],
    ['--profile work --region eu-west-1', { profile: 'work', region: 'eu-west-1' }],
    ['--profile=work --region=eu-west-1', { profile: 'work', region: 'eu-west-1' }],
    ['--profile one --profile two', { profile: 'two' }],
    ['--context a=1 --context=b=2 -c c=3 -c=d=4 -ce=5', { context: ['a=1', 'b=2', 'c=3', 'd=4', 'e=5'] }],
    ['--context a=1 b=2 --verbose Darkroom', { context: ['a=1', 'b=2'] }],
    ['-c a=b=c', { context: ['a=b=c'] }],
    ['--outputs-file x.json', { outputsFile: 'x.json' }],
    ['-O x.json', { outputsFile: 'x.json' }],
    ['--outputsFile=x.json', { outputsFile: 'x.json' }],
    ['--require-approval never -v --hotswap --no-rollback --role-arn arn:1 --tags a=b Darkroom', {}],
    ['--require-approval never -c a=1 --exclusively Darkroom --profile work', { context: ['a=1'], profile: 'work' }],
  ])('%s is read as it is meant', (line, expected) => {
    expect(read(line)).toEqual({ context: [], ...expected });
  });

  test('cdk bootstrap gets the account, the region and the context, and no other', () => {
    const line = '-O x.json -c a=1 b=2 --profile work --require-approval never --region eu-west-1 --verbose Darkroom';
    expect(forBootstrap(read(line)).join(' ')).toBe('--profile work --region eu-west-1 --context a=1 --context b=2');
    expect(forBootstrap(read('--verbose Darkroom'))).toEqual([]);
  });

  test('cdk bootstrap knows those that it gets', () => {
    const args = forBootstrap(read('-c a=1 b=2 --profile work --region eu-west-1'));
    // It prints a template and asks no account. On CI it complains on standard output.
    const { status, stdout, stderr } = spawnSync(process.execPath, [cdk, 'bootstrap', '--show-template', ...args], {
      encoding: 'utf8',
      cwd: tmpdir(),
    });
    expect({ status, unknown: /^Unknown option.*$/m.exec(stdout + stderr)?.[0] }).toEqual({ status: 0 });
  });
});
