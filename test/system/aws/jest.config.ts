import type { Config } from 'jest';
import base from '../../../jest.config.ts';

/** The suites that talk to an AWS: `npm run test:aws`. */
const config: Config = {
  ...base,
  rootDir: '../../..',
  testRegex: '\\.aws\\.ts$',
  globalSetup: '<rootDir>/test/system/aws/global-setup.ts',
  globalTeardown: '<rootDir>/test/system/aws/global-teardown.ts',
  // The suites share one stack; what one of them waits for, another must not delay.
  maxWorkers: 1,
  maxConcurrency: 3,
};

export default config;
