import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { refusedCalls } from '../../lib/local/call-filter.ts';
import type { Launch } from '../../lib/local/render-process.ts';
import type { RendererProgram } from '../../lib/local/renderer-program.ts';
import { wallsFor } from '../../lib/local/walls.ts';
import { attacker, attackFrom, bomber, explosionOf } from '../support/attack.ts';
import { areInstalled, isAllowed } from '../support/can-run.ts';
import { besideOurs, layouts } from '../support/layouts.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const hasBubblewrap = areInstalled(['bwrap'], 'a renderer behind bubblewrap');
/** Whether this machine lets bubblewrap work, asked in another way than Darkroom does. */
const bubblewrapWorks =
  hasBubblewrap &&
  isAllowed(
    spawnSync('bwrap', ['--unshare-all', '--ro-bind', '/', '/', '--proc', '/proc', 'true']).status === 0,
    'a renderer behind bubblewrap, which does not work here',
  );

/** What `wallsFor` chooses on a machine that has these programs of the system and no other. */
const wallsWith = (...names: readonly string[]) => wallsAround(attacker, ...names);
const wallsAround = async (program: RendererProgram, ...names: readonly string[]) => {
  const folder = await temporaryFolder();
  // A renderer that another user starts goes through it, too.
  await chmod(folder.path, 0o755);
  for (const name of names) {
    const found = execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    await symlink(found, join(folder.path, name));
  }
  return { ...(await wallsFor(program, { PATH: folder.path }, 'auto')), remove: folder.remove };
};

/** Machine code asks no permissions of Node: so the attacker goes without them. */
const asMachineCode = (launch: Launch): Launch => ({
  ...launch,
  arguments: launch.arguments.filter((argument) => !/^--(permission|allow-|no-experimental-sqlite)/.test(argument)),
});

const fewFiles = { 'write beside the secret': 'EFBIG', 'open many files': 'EMFILE' };

test('behind the limits not even machine code fills a file or opens many', async () => {
  const { launch, walls, remove } = await wallsWith('prlimit');
  expect(walls).toEqual(['limits', 'permissions']);
  const { ends } = await attackFrom(asMachineCode(launch));
  await remove();
  expect(ends).toMatchObject({ ...fewFiles, 'start a program': 'done', 'connect to the host': 'done' });
});

/** Whether this machine lets a program have namespaces of its own. */
const unshareWorks =
  areInstalled(['unshare', 'prlimit'], 'a renderer in namespaces') &&
  isAllowed(
    spawnSync('unshare', ['--user', '--map-current-user', '--net', 'true']).status === 0,
    'a renderer in namespaces, which this system does not allow',
  );

if (unshareWorks)
  test('behind namespaces one and the same renderer reads, starts and reaches nothing', async () => {
    const { launch, walls, remove } = await wallsWith('unshare', 'prlimit');
    expect(walls).toEqual(['namespaces', 'limits', 'permissions']);
    expect(launch.arguments).toContain('--nproc=128');
    const { ends } = await attackFrom(launch);
    const byMachineCode = await attackFrom(asMachineCode(launch));
    await remove();
    expect(ends).toMatchObject({
      'read the secret': 'ERR_ACCESS_DENIED',
      'start a program': 'ERR_ACCESS_DENIED',
      'connect to the host': expect.stringMatching(/^(ECONNREFUSED|ENETUNREACH)$/),
    });
    expect(byMachineCode.ends).toMatchObject({ ...fewFiles, 'connect to the host': ends['connect to the host'] });
  });

/** The kernel does not count the processes of root (docs/decisions.md#few-processes), so another user starts the renderer. */
const notAsRoot = (launch: Launch): Launch =>
  process.getuid?.() === 0
    ? {
        ...launch,
        command: 'setpriv',
        arguments: ['--reuid=65534', '--regid=65534', '--clear-groups', '--', launch.command, ...launch.arguments],
      }
    : launch;

/** The bomb stays small: a lower limit than that of renderers stops it, and it would stop soon without any. */
const withFew = (launch: Launch): Launch => ({
  ...launch,
  arguments: launch.arguments.map((argument) => (argument === '--nproc=128' ? '--nproc=20' : argument)),
});

const bombs = [
  ['processes', 40],
  ['threads', 16],
] as const;

const anotherUser = notAsRoot({
  command: 'unshare',
  arguments: ['--user', process.execPath, '--check', bomber.path],
  environment: {},
});
const limitCounts =
  unshareWorks &&
  areInstalled(['setpriv'], 'a limit on the processes of a renderer') &&
  isAllowed(
    spawnSync(anotherUser.command, anotherUser.arguments).status === 0,
    'a limit on the processes of a renderer, because no other user than root may have namespaces, or read the checkout',
  );

if (limitCounts) {
  test.each(bombs)(
    'without a wall a renderer starts as many %s as it wants, so the tests below can fail',
    async (what, most) => {
      const { launch, remove } = await wallsAround(bomber);
      await remove();
      expect(await explosionOf(asMachineCode(notAsRoot(launch)), what, most)).toEqual({
        started: most,
        refused: 'nothing',
      });
    },
  );

  test.each(bombs)('behind namespaces not even machine code starts %s without end', async (what, most) => {
    const { launch, walls, remove } = await wallsAround(bomber, 'unshare', 'prlimit');
    expect(walls).toEqual(['namespaces', 'limits', 'permissions']);
    const { started, refused } = await explosionOf(withFew(asMachineCode(notAsRoot(launch))), what, most);
    await remove();
    expect(started).toBeLessThan(most);
    expect(refused).toBe(what === 'threads' ? 'ERR_WORKER_INIT_FAILED' : 'EAGAIN');
  });
}

if (limitCounts && bubblewrapWorks)
  test('behind bubblewrap not even machine code starts a process, or threads without end', async () => {
    const { launch } = await wallsFor(bomber, process.env, 'require');
    expect(launch.arguments).toContain('--nproc=128');
    const { started } = await explosionOf(withFew(asMachineCode(notAsRoot(launch))), 'threads', 16);
    expect(started).toBeLessThan(16);
    expect(await explosionOf(asMachineCode(launch), 'processes', 40)).toEqual({ started: 0, refused: 'EPERM' });
  });

test.each([
  ['x86_64', 0],
  ['aarch64', 1],
] as const)('the system calls that are refused have these numbers on %s, as libseccomp knows them', (processor, at) => {
  const names = Object.entries(refusedCalls).filter(([, numbers]) => numbers[at] !== undefined);
  const known = names.map(([name]) =>
    Number(execFileSync('scmp_sys_resolver', ['-a', processor, name], { encoding: 'utf8' })),
  );
  expect(names.map(([name, numbers]) => [name, numbers[at]])).toEqual(
    names.map(([name], index) => [name, known[index]]),
  );
});

if (bubblewrapWorks) {
  test('behind bubblewrap one and the same renderer reads, writes, starts, reaches and signals nothing', async () => {
    const { launch } = await wallsFor(attacker, process.env, 'require');
    const { ends } = await attackFrom(launch);
    expect(Object.entries(ends).filter(([, end]) => end === 'done')).toEqual([]);
    expect(ends).toMatchObject({
      'read the secret': 'ERR_ACCESS_DENIED',
      'start a program': 'ERR_ACCESS_DENIED',
      'connect to the host': 'EPERM',
    });
  });

  test('a bubblewrap that takes no filter of calls is used without one, and the log says so', async () => {
    const folder = await temporaryFolder();
    const real = execFileSync('sh', ['-c', 'command -v bwrap'], { encoding: 'utf8' }).trim();
    const older = `#!/bin/sh\ncase "$*" in *--seccomp*) echo 'bwrap: Unknown option --seccomp' >&2; exit 1;; esac\nexec ${real} "$@"\n`;
    await writeFile(join(folder.path, 'bwrap'), older, { mode: 0o755 });
    const { launch, walls, refused } = await wallsFor(attacker, { PATH: folder.path }, 'require');
    const { ends } = await attackFrom(asMachineCode(launch));
    await folder.remove();
    expect(walls).toEqual(['bubblewrap', 'permissions']);
    expect(refused).toEqual([{ wall: 'calls', reason: 'bwrap: Unknown option --seccomp' }]);
    expect(ends).toMatchObject({ 'start a program': 'done', 'connect to the host': 'ECONNREFUSED' });
  });

  test.each(Object.keys(layouts))('behind bubblewrap a renderer finds its packages in %s', async (layout) => {
    const folder = await temporaryFolder();
    const program = await layouts[layout]?.(folder.path);
    if (program === undefined) throw new Error('no such layout');
    const { walls } = await wallsFor(program, process.env, 'require');
    await folder.remove();
    expect(walls).toContain('bubblewrap');
  });

  test('a wall behind which the program does not start is refused with the reason, and the next one is tried', async () => {
    const folder = await temporaryFolder();
    // Sees that it is the first process of its namespace.
    const picky = await besideOurs(
      folder.path,
      "if (process.pid === 1) throw new RangeError('I do not like it here');",
    );
    const reason = 'RangeError: I do not like it here';
    const { walls, refused } = await wallsFor(picky, process.env, 'auto');
    await expect(wallsFor(picky, process.env, 'require')).rejects.toThrow(`bubblewrap does not work here: ${reason}.`);
    await folder.remove();
    expect(walls).not.toContain('bubblewrap');
    expect(refused).toEqual([{ wall: 'bubblewrap', reason }]);
  });

  test('behind bubblewrap not even machine code finds a file, the network or another process, or starts one', async () => {
    const { launch, walls } = await wallsFor(attacker, process.env, 'require');
    expect(walls).toEqual(['calls', 'bubblewrap', 'limits', 'permissions']);
    // What it holds is written to no disk when it crashes.
    expect(launch.arguments).toContain('--core=0');
    const { ends, variables } = await attackFrom(asMachineCode(launch));
    expect(ends).toMatchObject({
      'read the secret': 'ENOENT',
      'read another file': 'ENOENT',
      'read the environment of the host': 'ENOENT',
      'write beside the secret': 'ENOENT',
      'open the database': 'ERR_SQLITE_ERROR',
      'open many files': 'EMFILE',
      'start a program': 'EPERM',
      'connect to the host': 'EPERM',
      'signal the host': 'ESRCH',
    });
    expect(variables.filter((name) => name !== 'PWD')).toEqual(['MALLOC_ARENA_MAX', 'VIPS_DISC_THRESHOLD']);
  });
} else if (hasBubblewrap) {
  test('where bubblewrap is not allowed to work, renderers start without it, and DARKROOM_SANDBOX=require refuses', async () => {
    const { walls, refused } = await wallsFor(attacker, process.env, 'auto');
    expect(walls).not.toContain('bubblewrap');
    expect(refused[0]).toMatchObject({ wall: 'bubblewrap', reason: expect.stringMatching(/./) });
    await expect(wallsFor(attacker, process.env, 'require')).rejects.toThrow('bubblewrap does not work here');
  });
}
