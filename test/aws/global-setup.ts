import { join } from 'node:path';
import { startMinistack } from './ministack.ts';
import { running } from './running.ts';

const setup = async (): Promise<void> => {
  running.ministack = await startMinistack();
  process.env.DARKROOM_TEST_AWS = running.ministack.url;
  process.env.DARKROOM_TEST_AWS_FOLDER = running.ministack.folder;
  process.env.DARKROOM_TEST_AWS_CALLS = join(running.ministack.folder, 'calls.jsonl');
};

export default setup;
