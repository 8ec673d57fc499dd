import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { rendererEnvironment, wallsFor } from '../../lib/local/walls.ts';
import { attacker, attackFrom } from '../support/attack.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const secrets = {
  AWS_SECRET_ACCESS_KEY: 'a secret',
  DARKROOM_API_KEY: 'a secret of sixteen characters',
  GITHUB_TOKEN: 'a secret',
  NODE_OPTIONS: '--inspect',
};
/** A machine on which there is nothing but Node. */
const bare = { ...secrets, PATH: '/nowhere' };

test('a renderer gets no variable of the host but those that it needs to start', () => {
  expect(rendererEnvironment({ ...bare, LD_LIBRARY_PATH: '/opt/lib' })).toEqual({
    MALLOC_ARENA_MAX: '2',
    VIPS_DISC_THRESHOLD: '64g',
    LD_LIBRARY_PATH: '/opt/lib',
  });
});

test('of the options of Node a renderer gets the limits of its heap and nothing else', () => {
  const NODE_OPTIONS = '--inspect --max-old-space-size=64 --require ./own.js --max-semi-space-size=1';
  expect(rendererEnvironment({ ...bare, NODE_OPTIONS })).toMatchObject({
    NODE_OPTIONS: '--max-old-space-size=64 --max-semi-space-size=1',
  });
});

test('an attacker in the place of a renderer reads, writes and starts nothing by JavaScript, and finds no secret', async () => {
  const { launch, walls } = await wallsFor(attacker, bare, 'auto');
  expect(walls).toEqual(['permissions']);
  const { ends, variables } = await attackFrom(launch);
  expect(ends).toMatchObject({
    'read the secret': 'ERR_ACCESS_DENIED',
    'read another file': 'ERR_ACCESS_DENIED',
    'read the environment of the host': 'ERR_ACCESS_DENIED',
    'write beside the secret': 'ERR_ACCESS_DENIED',
    'open the database': 'ERR_UNKNOWN_BUILTIN_MODULE',
    'start a program': 'ERR_ACCESS_DENIED',
    'start a thread': 'ERR_ACCESS_DENIED',
  });
  expect(variables).toEqual(['MALLOC_ARENA_MAX', 'VIPS_DISC_THRESHOLD']);
});

test('without a wall the same attacker does all of it, so the test above can fail', async () => {
  const { launch } = await wallsFor(attacker, bare, 'off');
  const { ends } = await attackFrom({ ...launch, arguments: [attacker.path] });
  expect(new Set(Object.values(ends))).toEqual(new Set(['done']));
});

test('a wall of the system that is installed and does not work is left out, and DARKROOM_SANDBOX=require says why', async () => {
  const folder = await temporaryFolder();
  const broken = join(folder.path, 'bwrap');
  await writeFile(
    broken,
    `#!${process.execPath}\nconsole.error('No permissions to create a new namespace');process.exit(1)`,
  );
  await chmod(broken, 0o755);
  const variables = { ...bare, PATH: folder.path };
  const { walls, refused } = await wallsFor(attacker, variables, 'auto');
  expect(walls).toEqual(['permissions']);
  if (process.platform === 'linux')
    expect(refused).toEqual([{ wall: 'bubblewrap', reason: 'No permissions to create a new namespace' }]);
  await expect(wallsFor(attacker, variables, 'require')).rejects.toThrow(
    /^DARKROOM_SANDBOX is require, and bubblewrap does not work here: .+\. Install bubblewrap and allow user namespaces, or set DARKROOM_SANDBOX to auto\.$/,
  );
  await folder.remove();
});

test('DARKROOM_SANDBOX=require without bubblewrap refuses to start', async () => {
  await expect(wallsFor(attacker, bare, 'require')).rejects.toThrow('bwrap is not installed');
});
