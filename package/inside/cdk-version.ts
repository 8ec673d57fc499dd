import { createRequire } from 'node:module';

/** npm does not compare the versions, because it reads no range: docs/decisions.md#peer-without-range */
declare const oldestCdk: string;

const installed = (): string | undefined => {
  try {
    return createRequire(import.meta.url)('aws-cdk-lib/package.json').version;
  } catch {
    return undefined;
  }
};

const isNewEnough = (version: string): boolean => {
  const [major, minor] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor = 0] = oldestCdk.split('.').map(Number);
  return major === oldestMajor && (minor ?? 0) >= oldestMinor;
};

const version = installed();
if (version === undefined || !isNewEnough(version))
  throw new Error(
    `darkroom-images/construct needs aws-cdk-lib 2 from ${oldestCdk} on, and here is ${version ?? 'none'}. Run: npm install aws-cdk-lib constructs`,
  );
