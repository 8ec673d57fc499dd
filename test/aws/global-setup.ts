import { startMinistack } from './ministack.ts';
import { running } from './running.ts';

const setup = async (): Promise<void> => {
  running.ministack = await startMinistack();
  process.env.DARKROOM_TEST_AWS = running.ministack.url;
};

export default setup;
