import type { Config } from 'jest';
import base from '../../jest.config.ts';

/** The tests of the packages, and those of the commands that most people use, against the package as it is installed. */
const config: Config = {
  ...base,
  rootDir: '../..',
  testRegex: [
    '\\.package\\.ts$',
    'test/commands/(images|upload|verify)\\.service\\.ts$',
    'test/local/backup\\.service\\.ts$',
  ],
  globalSetup: '<rootDir>/test/package/global-setup.ts',
  globalTeardown: '<rootDir>/test/package/global-teardown.ts',
  // Most of them run npm, which waits for nothing but the disk and the registry.
  maxWorkers: 1,
  testTimeout: 600_000,
};

export default config;
