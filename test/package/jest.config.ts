import type { Config } from 'jest';
import base from '../../jest.config.ts';

/** The tests of the packages, and those that drive the commands, against the package as it is installed. */
const config: Config = {
  ...base,
  rootDir: '../..',
  testRegex: ['\\.package\\.ts$', 'test/commands/\\w+\\.service\\.ts$', 'test/local/backup\\.service\\.ts$'],
  globalSetup: '<rootDir>/test/package/global-setup.ts',
  globalTeardown: '<rootDir>/test/package/global-teardown.ts',
  // Most of them run npm, which waits for nothing but the disk and the registry.
  maxWorkers: 1,
  testTimeout: 600_000,
};

export default config;
