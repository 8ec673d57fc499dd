import type { Config } from 'jest';

const config: Config = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/strip-types.js' },
  // Ends what hangs; a machine that is busy with something else must not come near it.
  testTimeout: 900_000,
  // A worker in which nothing is open any more has its memory to give back, for which half a second is short on a busy machine.
  workerGracefulExitTimeout: 30_000,
  // Jest leaves one core idle by itself, and most of these tests wait for other processes.
  maxWorkers: '100%',
};

export default config;
