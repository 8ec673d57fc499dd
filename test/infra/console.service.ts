import { readdirSync, readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { only, resources, synthesised } from './synthesised.ts';

const certificateArn = 'arn:aws:acm:us-east-1:123456789012:certificate/abc';
const made = synthesised({ console: true, domain: { name: 'images.example.org', certificateArn } });
const distribution = only(made, 'AWS::CloudFront::Distribution').DistributionConfig;

describe('The console beside the pictures', () => {
  test('is not there unless it is asked for', () => {
    const usual = synthesised();
    expect(JSON.stringify(usual.template.toJSON())).not.toContain('/console');
    expect(usual.template.toJSON().Outputs.ConsoleUrl).toBeUndefined();
  });

  test('is at /console/ of the CDN of the pictures, from a bucket that only this CDN reads', () => {
    expect(made.template.toJSON().Outputs.ConsoleUrl.Value).toBe('https://images.example.org/console/');
    const [, behaviour] = distribution.CacheBehaviors;
    expect(behaviour).toMatchObject({
      PathPattern: '/console*',
      Compress: true,
      ViewerProtocolPolicy: 'redirect-to-https',
    });
    const statements = only(made, 'AWS::S3::BucketPolicy', 'Console').PolicyDocument.Statement as {
      readonly Effect: string;
      readonly Principal: unknown;
      readonly Action: unknown;
    }[];
    expect(
      statements.filter(({ Effect }) => Effect === 'Allow').map(({ Principal, Action }) => ({ Principal, Action })),
    ).toEqual([{ Principal: { Service: 'cloudfront.amazonaws.com' }, Action: 's3:GetObject' }]);
  });

  test('has a policy as a header: nothing inline, and its own API, originals and pictures only', () => {
    const { SecurityHeadersConfig } = only(
      made,
      'AWS::CloudFront::ResponseHeadersPolicy',
      'Console',
    ).ResponseHeadersPolicyConfig;
    const { ContentSecurityPolicy: policy, Override } = SecurityHeadersConfig.ContentSecurityPolicy;
    expect(Override).toBe(true);
    const text = JSON.stringify(policy);
    expect(text).not.toContain('unsafe');
    expect(text).toMatch(/default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src/);
    expect(text).toMatch(/connect-src 'self' .*ImagesHttpApiGateway.*ImagesOriginalsBucket.*images\.example\.org/);
    expect(text).not.toMatch(/[ "]\*[ ;"]|https:\/\/\*/);
  });

  test('shows pictures of its own origin where the CDN has only the name that CloudFront gives it', () => {
    const alone = synthesised({ console: true });
    const headers = only(alone, 'AWS::CloudFront::ResponseHeadersPolicy', 'Console').ResponseHeadersPolicyConfig;
    const policy = JSON.stringify(headers.SecurityHeadersConfig.ContentSecurityPolicy);
    expect(policy).toMatch(/img-src 'self' blob: data: .*ImagesOriginalsBucket.*; connect-src 'self' /);
    // The CDN names these headers, so they cannot name the CDN.
    expect(policy).not.toContain('Distribution');
    expect(JSON.stringify(alone.template.toJSON().Outputs.ConsoleUrl)).toContain('ImagesDeliveryDistribution');
  });

  test('may call the API and upload: its origin is allowed where the CDN has a name of its own', () => {
    const { AllowOrigins } = only(made, 'AWS::ApiGatewayV2::Api').CorsConfiguration;
    expect(AllowOrigins).toContain('https://images.example.org');
    const [rule] = only(made, 'AWS::S3::Bucket', 'Originals').CorsConfiguration.CorsRules;
    expect(rule.AllowedOrigins).toContain('https://images.example.org');
  });

  test('is the page of the one-box home, with the address of the API written in', () => {
    const [files] = resources(made, 'Custom::CDKBucketDeployment');
    expect(files?.Properties).toMatchObject({
      DestinationBucketKeyPrefix: 'console',
      SystemMetadata: { 'cache-control': 'no-cache' },
    });
    expect(files?.Properties.SourceObjectKeys).toHaveLength(2);
    expect(JSON.stringify(files?.Properties.SourceMarkers)).toContain('ImagesHttpApiGateway');
    // Its operations link to the dashboard.
    expect(JSON.stringify(files?.Properties.SourceMarkers)).toContain('ImagesMonitoringDashboard');
    // What the page loads is there.
    const web = new URL('../../lib/web/', import.meta.url);
    const html = readFileSync(new URL('index.html', web), 'utf8');
    for (const [, file = ''] of html.matchAll(/(?:src|href)="([\w-]+\.(?:js|css))"/g))
      expect(readdirSync(web)).toContain(file);
  });

  test('has beside it the scripts that other sites load, and lets every origin load them', () => {
    const published = made.assets.find((files) => files.includes('darkroom.js'));
    const scripts = ['client.js', 'element-worker.js', 'element.js', 'picture.js'];
    expect(published).toEqual(['darkroom.css', 'darkroom.js', ...scripts].sort());
    const { CorsConfig } = only(made, 'AWS::CloudFront::ResponseHeadersPolicy', 'Console').ResponseHeadersPolicyConfig;
    expect(CorsConfig).toMatchObject({ AccessControlAllowOrigins: { Items: ['*'] }, OriginOverride: true });
    expect(CorsConfig.AccessControlAllowCredentials).toBe(false);
  });

  test.each([['AwsSolutions', AwsSolutionsChecks] as const, ['Serverless', ServerlessChecks] as const])(
    'has nothing against it in %s that is not acknowledged',
    (_name, Pack) => {
      const { violations } = new Pack().validateScope(made.stack);
      expect(violations.map(({ ruleName }) => ruleName)).toEqual([]);
    },
  );
});

describe('The function in front of the console', () => {
  const context = createContext({});
  runInContext(readFileSync(new URL('../../lib/infra/console-request.js', import.meta.url), 'utf8'), context);
  const ask = (uri: string) => runInContext('handler', context)({ request: { method: 'GET', uri, headers: {} } });

  test('shows the page for the folder, and leaves files as they are', () => {
    expect(ask('/console/').uri).toBe('/console/index.html');
    expect(ask('/console/darkroom.js').uri).toBe('/console/darkroom.js');
  });

  test('sends an address without the last slash on, because relative addresses need it', () => {
    expect(ask('/console')).toMatchObject({ statusCode: 301, headers: { location: { value: '/console/' } } });
  });
});
