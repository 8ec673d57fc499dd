import { running } from './running.ts';

const teardown = async (): Promise<void> => {
  await running.ministack?.stop();
};

export default teardown;
