import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { deployed, region } from './deploy.ts';

const run = promisify(execFile);

/** `npm run deploy -- --check` of the deployed project. */
const check = async (...options: readonly string[]): Promise<{ code: number; said: string }> => {
  const { url, project } = deployed();
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: region,
  };
  const words = ['bin/deploy.ts', '--check', ...options];
  return run('node', words, { cwd: project, env }).then(
    ({ stdout }) => ({ code: 0, said: stdout }),
    ({ code, stdout }) => ({ code, said: stdout }),
  );
};

describe('npm run deploy -- --check', () => {
  test('knows the stack and its stores, and ends with 0 if nothing stops a deploy', async () => {
    const { code, said } = await check();
    expect(said).toMatch(/^OK {7}cdk bootstrap\n {11}found: {2}done$/m);
    expect(said).toMatch(/^OK {7}stack Darkroom\n {11}found: {2}(?:CREATE|UPDATE)_COMPLETE$/m);
    expect(said).toMatch(/^OK {7}stores of an earlier stack\n {11}found: {2}none$/m);
    expect(code).toBe(0);
  });

  test('asks for the stack that the settings name, and ends with 1 if a setting is wrong', async () => {
    expect((await check('--context', 'stackName=Other')).said).toContain('none: this is a first deploy');
    const { code, said } = await check('-c', 'maxConcurrentRenders=1');
    expect(said).toContain('A deploy would fail: settings.');
    expect(code).toBe(1);
  });
});
