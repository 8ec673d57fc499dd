import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { cdkOptions } from '../../bin/cdk-options.ts';

const cdk = join(import.meta.dirname, '../../node_modules/aws-cdk/bin/cdk');
const split = (line: string) => line.split(' ').filter(Boolean);
const forBootstrap = (line: string) => cdkOptions(split(line)).forBootstrap.join(' ');

/** Said again by the CDK's own program, which prints a template and asks no account. On CI it complains on standard output. */
const bootstrap = (args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cdk, 'bootstrap', '--show-template', ...args], {
    encoding: 'utf8',
    cwd: tmpdir(),
  });
  return { status, unknown: /^Unknown option.*$/m.exec(stdout + stderr)?.[0] };
};

describe('What cdk bootstrap is told of the options of a deploy', () => {
  test.each([
    '--profile work --region eu-west-1',
    '--profile=work',
    '--context a=1 --context b=2',
    '-c a=1 b=2',
    '-c a=1 -v -vv --verbose',
    '--app node_app',
    '-o elsewhere',
    '--no-notices --no-color --ci=true --ci false',
    '--lookups false --no-lookups',
    '--toolkit-stack-name Kit --tags a=b',
    '--role-arn arn:aws:iam::1:role/x',
  ])('is all of %s', (line) => {
    expect(forBootstrap(line)).toBe(line);
  });

  test.each([
    '--outputs-file x.json',
    '-O x.json --outputsFile=y.json',
    '--require-approval never',
    '--hotswap --hotswap-fallback --watch --no-logs',
    '--method direct -m direct --change-set-name one',
    '--no-rollback -R --concurrency 2',
    '--notification-arns arn:1 arn:2',
    '--parameters A:B=c D:E=f',
    '-e Darkroom',
    '--exclusively Darkroom --all',
    'Darkroom',
    '--not-an-option --nor-this=1',
  ])('is nothing of %s', (line) => {
    expect(forBootstrap(line)).toBe('');
  });

  test.each([
    ['--context a=1 --require-approval never --profile work', '--context a=1 --profile work'],
    ['--hotswap -c a=1 --outputs-file x Darkroom', '-c a=1'],
    ['Darkroom --ci --verbose Other', '--ci --verbose'],
  ])('of %s is %s', (line, rest) => {
    expect(forBootstrap(line)).toBe(rest);
  });

  test('is known to the program itself, and nothing that is left out was', () => {
    const line =
      '--profile work -c a=1 b=2 --require-approval never -O x.json --hotswap --tags a=b --no-notices Darkroom';
    expect(bootstrap(cdkOptions(split(line)).forBootstrap)).toEqual({ status: 0 });
    expect(bootstrap(split(line)).unknown).toMatch(/^Unknown option\(s\): .*--hotswap/);
  });
});

test('The value of an option is found however it is written', () => {
  const { valuesOf } = cdkOptions(split('-c a=1 b=2 --context=c=3 --outputsFile=x.json --profile one --profile two'));
  expect(valuesOf('context')).toEqual(['a=1', 'b=2', 'c=3']);
  expect(valuesOf('outputs-file')).toEqual(['x.json']);
  expect(valuesOf('profile').at(-1)).toBe('two');
  expect(valuesOf('region')).toEqual([]);
});
