import { join } from 'node:path';
import { installed } from './installed.ts';
import { pack, packageNames, packedVariable, project } from './project.ts';

/** Both packages, packed once, and a project with one, as `npm install` makes it: the tests of commands drive its command. */
const setup = async (): Promise<void> => {
  installed.app = await project();
  for (const name of packageNames)
    process.env[packedVariable(name)] = (await pack(name, join(installed.app.path, '..'))).file;
  await installed.app.install('darkroom-images');
  process.env.TESTED_PROGRAM = join(installed.app.path, 'node_modules/darkroom-images/bin/darkroom.js');
};

export default setup;
