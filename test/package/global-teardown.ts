import { installed } from './installed.ts';

const teardown = async (): Promise<void> => {
  await installed.app?.remove();
};

export default teardown;
