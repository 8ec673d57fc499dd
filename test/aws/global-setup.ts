import { join } from 'node:path';
import { deploy } from './deploy.ts';
import { acceptKeys, keys } from './emulated.ts';
import { startMinistack } from './ministack.ts';
import { running } from './running.ts';

/** One AWS for all the suites, with the stack deployed to it. */
const setup = async (): Promise<void> => {
  running.ministack = await startMinistack();
  process.env.DARKROOM_TEST_AWS = running.ministack.url;
  process.env.DARKROOM_TEST_AWS_CALLS = join(running.ministack.folder, 'calls.jsonl');
  const { outputs } = await deploy(running.ministack.url, running.ministack.folder);
  process.env.DARKROOM_TEST_AWS_OUTPUTS = JSON.stringify(outputs);
  // Before anybody asks, because the authorizer remembers for a minute what it was told.
  await acceptKeys(outputs.KeysSecret, Object.values(keys));
};

export default setup;
