import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { isBootstrapped } from '../../../lib/adapters/aws/bootstrap.ts';

/** An SSM that answers everything in the same way, and notes for which region it was asked. */
let answer: { readonly status: number; readonly body: object };
let asked: string | undefined;
const server = createServer((request, response) => {
  asked = request.headers.authorization;
  response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer.body));
});

describe('Whether an account was bootstrapped for the CDK', () => {
  const before = { ...process.env };
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'darkroom-profile-'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    process.env.AWS_ACCESS_KEY_ID = 'test';
    process.env.AWS_SECRET_ACCESS_KEY = 'test';
  });
  afterAll(async () => {
    process.env = before;
    await rm(folder, { recursive: true });
    server.close();
    server.closeAllConnections();
  });

  test.each([
    ['has noted its version', 200, { Parameter: { Value: '30' } }, true],
    ['has noted nothing', 400, { __type: 'ParameterNotFound' }, false],
    ['does not let one look', 400, { __type: 'AccessDeniedException' }, undefined],
  ])('an account that %s', async (_title, status, body, expected) => {
    answer = { status, body };
    expect(await isBootstrapped({ region: 'eu-west-1' })).toBe(expected);
    expect(asked).toContain('/eu-west-1/ssm/');
  });

  test('is not known to a profile with a device for one-time codes, for which only the CDK asks', async () => {
    const file = join(folder, 'config');
    await writeFile(
      file,
      `[profile base]\naws_access_key_id = test\naws_secret_access_key = test\n
[profile guarded]\nregion = eu-west-1\nrole_arn = arn:aws:iam::123456789012:role/deployer
source_profile = base\nmfa_serial = arn:aws:iam::123456789012:mfa/someone\n`,
    );
    process.env.AWS_CONFIG_FILE = file;
    process.env.AWS_SHARED_CREDENTIALS_FILE = join(folder, 'none');
    delete process.env.AWS_ACCESS_KEY_ID;
    delete process.env.AWS_SECRET_ACCESS_KEY;
    expect(await isBootstrapped({ profile: 'guarded' })).toBeUndefined();
  });

  test('is not known when the question itself fails', async () => {
    answer = { status: 400, body: { __type: 'UnrecognizedClientException' } };
    await expect(isBootstrapped({ region: 'eu-west-1' })).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    });
  });
});
