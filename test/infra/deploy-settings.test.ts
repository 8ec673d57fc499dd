import { describe, expect, test } from '@jest/globals';
import { readDeploySettings } from '../../lib/infra/deploy-settings.ts';

const read = (given: Record<string, unknown> = {}) => readDeploySettings((name) => given[name]);

describe('The settings of a deployment', () => {
  test('have defaults', () => {
    expect(read()).toEqual({
      stackName: 'Darkroom',
      allowedOrigins: ['http://localhost:8787'],
      coldAfterDays: 30,
      console: false,
      maxConcurrentRenders: 5,
      clockStopped: false,
      log: 'info',
      ephemeral: false,
      architecture: 'arm64',
    });
  });

  test('are understood as text, as --context gives them', () => {
    const given = { allowedOrigins: 'https://a.example,https://b.example', coldAfterDays: 'false', ephemeral: 'true' };
    expect(read({ ...given, maxConcurrentRenders: '50' })).toMatchObject({
      allowedOrigins: ['https://a.example', 'https://b.example'],
      coldAfterDays: false,
      ephemeral: true,
      maxConcurrentRenders: 50,
    });
  });

  test('tell of throttles by rate and burst, and of a bus and a bucket by their names', () => {
    expect(
      read({ throttle: '500,1000', writeThrottle: [0.5, 2], eventBus: 'pictures', cdnLogBucket: 'logs' }),
    ).toMatchObject({
      throttle: { rateLimit: 500, burstLimit: 1000 },
      writeThrottle: { rateLimit: 0.5, burstLimit: 2 },
      eventBusName: 'pictures',
      cdnLogBucketName: 'logs',
    });
  });

  test('make tokens of an issuer the way in', () => {
    expect(read({ jwtIssuer: 'https://id.example', jwtAudience: 'darkroom' }).auth).toEqual({
      kind: 'jwt',
      issuer: 'https://id.example',
      audience: ['darkroom'],
    });
  });

  test.each([
    [{ allowedOrigins: 'https://a.example/path' }, 'allowedOrigins'],
    [{ domainName: 'images.example.org' }, 'domainName'],
    [{ domainName: 'x.example', certificateArn: 'arn:aws:acm:eu-west-1:1:certificate/x' }, 'certificateArn'],
    [{ jwtIssuer: 'https://id.example' }, 'jwtAudience'],
    [{ maxConcurrentRenders: '1' }, 'maxConcurrentRenders'],
    [{ log: 'loud' }, 'log'],
    [{ ephemeral: 'yes' }, 'ephemeral'],
    [{ coldAfterDays: 'soon' }, 'coldAfterDays'],
    [{ throttle: '100' }, 'throttle'],
    [{ throttle: '100,many' }, 'throttle'],
    [{ writeThrottle: '0,1' }, 'writeThrottle'],
    [{ eventBus: 'a bus' }, 'eventBus'],
    [{ cdnLogBucket: 'Logs' }, 'cdnLogBucket'],
  ])('that cannot be used are named: %j', (given, name) => {
    expect(() => read(given)).toThrow(`--context ${name}`);
  });

  test('that are unknown are refused, and those of the CDK itself are not', () => {
    const ours = ['allowedOrigins', '@aws-cdk/core:x', 'aws:cdk:bundling-stacks', 'cli-telemetry'];
    expect(() => readDeploySettings(() => undefined, ours)).not.toThrow();
    expect(() => readDeploySettings(() => undefined, [...ours, 'allowedOrigin'])).toThrow('--context allowedOrigin:');
  });
});
