import { join } from 'node:path';
import { installed } from './installed.ts';
import { project } from './project.ts';

/** One project with the package, as `npm install` makes it; its command is the one that the tests of commands drive. */
const setup = async (): Promise<void> => {
  installed.app = await project();
  await installed.app.install('darkroom-images');
  process.env.TESTED_PROGRAM = join(installed.app.path, 'node_modules/darkroom-images/bin/darkroom.js');
};

export default setup;
