import { join } from 'node:path';
import { cloneProject, deploy } from './deploy.ts';
import { acceptKeys, keys } from './emulated.ts';
import { startMinistack } from './ministack.ts';
import { running } from './running.ts';

/** One AWS for all the suites, with the stack deployed to it. */
const setup = async (): Promise<void> => {
  running.ministack = await startMinistack();
  const { url, folder } = running.ministack;
  process.env.DARKROOM_TEST_AWS = url;
  process.env.DARKROOM_TEST_AWS_CALLS = join(folder, 'calls.jsonl');
  process.env.DARKROOM_TEST_AWS_PROJECT = await cloneProject(folder);
  const { outputs } = await deploy(process.env.DARKROOM_TEST_AWS_PROJECT, url);
  process.env.DARKROOM_TEST_AWS_OUTPUTS = JSON.stringify(outputs);
  // Before the first call, because the authorizer remembers for a minute what it was told.
  await acceptKeys(outputs.KeysSecret, Object.values(keys));
};

export default setup;
