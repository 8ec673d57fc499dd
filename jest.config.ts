import type { Config } from 'jest';

const config: Config = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/strip-types.js' },
  // Ends what hangs; a machine that is busy with something else must not come near it.
  testTimeout: 180_000,
  // Jest leaves one core idle by itself, and most of these tests wait for other processes.
  maxWorkers: '100%',
};

export default config;
