import { access, constants, realpath } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { Unusable } from '../core/unusable.ts';
import { callFilter } from './call-filter.ts';
import type { Launch } from './render-process.ts';
import type { RendererProgram } from './renderer-program.ts';
import { whyNot } from './try-launch.ts';

/**
 * The walls around a renderer (sandbox):
 * - `permissions`: Node lets its JavaScript read only its own program, write no file and start no process.
 * - `limits`: the kernel lets the process write to no file, open few files, and leave no core dump (prlimit).
 * - `namespaces`: there is no network (unshare).
 * - `bubblewrap`: also machine code sees only the files of the program, no other processes and no network.
 * - `calls`: the kernel refuses the process a list of system calls that no render needs (seccomp).
 */
export type Wall = 'permissions' | 'limits' | 'namespaces' | 'bubblewrap' | 'calls';

export const sandboxModes = ['auto', 'off', 'require'] as const;
export type SandboxMode = (typeof sandboxModes)[number];

export type WalledLaunch = {
  readonly launch: Launch;
  readonly walls: readonly Wall[];
  /** Why a wall does not work although its program is installed. */
  readonly refused: readonly { readonly wall: Wall; readonly reason: string }[];
};

/**
 * Uses every wall that this machine offers. Each is tried with the program itself, which loads sharp and ends when its
 * connection is closed. With `require`, rejects if the program does not start behind bubblewrap; with `off`, uses no wall of
 * the system. Rejects if the program does not start without those walls either.
 */
export const wallsFor = async (
  program: RendererProgram,
  variables: Readonly<Record<string, string | undefined>>,
  mode: SandboxMode,
): Promise<WalledLaunch> => {
  const readable = await Promise.all(program.readable.map(async (seen) => ({ seen, real: await realpath(seen) })));
  const path = await realpath(program.path);
  const bare = { command: await realpath(program.node), arguments: [...permissions(readable), path] };
  const environment = rendererEnvironment(variables);
  const refused: { wall: Wall; reason: string }[] = [];
  for (const { walls, around } of await offered(variables, bare.command, readable)) {
    if (mode === 'off' || (mode === 'require' && !walls.includes('bubblewrap'))) continue;
    const launch = { ...around(bare), environment };
    const reason = await whyNot(launch);
    if (reason === undefined) return { launch, walls, refused };
    // Only bubblewrap raises the filter of calls, so its refusal says nothing where bubblewrap itself is refused.
    if (walls[0] === 'bubblewrap') refused.length = 0;
    refused.push({ wall: walls[0], reason });
  }
  if (mode === 'require') throw new Unusable(requireSentence(refused));
  const launch = { ...bare, environment };
  const reason = await whyNot(launch);
  if (reason !== undefined) throw new Unusable(brokenSentence(reason));
  return { launch, walls: ['permissions'], refused };
};

const brokenSentence = (reason: string): string =>
  `Renderers do not start: ${reason}. Install the packages of Darkroom again, on this machine and with this Node.js (npm ci).`;

const requireSentence = (refused: WalledLaunch['refused']): string => {
  const reason = refused.find(({ wall }) => wall === 'bubblewrap')?.reason ?? 'bwrap is not installed';
  return `DARKROOM_SANDBOX is require, and bubblewrap does not work here: ${reason}. Install bubblewrap and allow user namespaces, or set DARKROOM_SANDBOX to auto.`;
};

/** The environment may hold secrets, so only these variables are passed on. */
const passedOn = ['LD_LIBRARY_PATH', 'LD_PRELOAD', 'MALLOC_CONF', 'UV_THREADPOOL_SIZE', 'SystemRoot'];

/** A machine with little memory limits the heaps of the service and of its renderers: docs/one-box.md#little-memory */
const heapOptions = /--max-(?:old|semi)-space-size=\d+/g;

export const rendererEnvironment = (
  variables: Readonly<Record<string, string | undefined>>,
): Record<string, string> => {
  const kept = passedOn.flatMap((name) => (variables[name] === undefined ? [] : [[name, variables[name]]]));
  const heap = variables.NODE_OPTIONS?.match(heapOptions);
  return {
    ...(heap && { NODE_OPTIONS: heap.join(' ') }),
    // Codecs allocate on many threads; a heap for each of them would waste a fifth more memory.
    MALLOC_ARENA_MAX: variables.MALLOC_ARENA_MAX ?? '2',
    // From 100 MB of pixels on, libvips would decode into a temporary file, and a renderer may write none.
    VIPS_DISC_THRESHOLD: '64g',
    ...Object.fromEntries(kept),
  };
};

/** A file or folder, and the path at which the program looks for it: with links, Node asks for both. */
type Readable = { readonly seen: string; readonly real: string };

/** node:sqlite opens files without a check of Node's permissions, so it is removed. */
const permissions = (readable: readonly Readable[]): readonly string[] => [
  '--permission',
  '--allow-addons',
  ...new Set(readable.flatMap(({ seen, real }) => [seen, real]).map((path) => `--allow-fs-read=${path}`)),
  '--no-experimental-sqlite',
  // sharp is an addon. Node's warning is known: its permissions do not bind machine code, and the other walls are for that.
  '--disable-warning=PERM0001',
];

type Command = Pick<Launch, 'command' | 'arguments' | 'tellsPid' | 'filter'>;
/** The first of the walls is the one that is lacking where the offer is refused and the next one is not. */
type Offer = { readonly walls: readonly [Wall, ...Wall[]]; readonly around: (command: Command) => Command };

/** The strongest first. */
const offered = async (
  variables: Readonly<Record<string, string | undefined>>,
  node: string,
  readable: readonly Readable[],
): Promise<readonly Offer[]> => {
  if (process.platform !== 'linux') return [];
  const [bwrap, unshare, prlimit] = await Promise.all(
    ['bwrap', 'unshare', 'prlimit'].map((name) => findProgram(name, variables.PATH)),
  );
  const limited = (more: readonly string[]) => (command: Command) =>
    prlimit === undefined ? command : wrapped(prlimit, [...limits, ...more, '--'], command);
  const withLimits = prlimit === undefined ? [] : (['limits'] as const);
  const offers: Offer[] = [];
  if (bwrap !== undefined) {
    const own = [...bubblewrap, ...bound([...readable, { seen: node, real: node }])];
    const jailed = (more: readonly string[], command: Command): Command => ({
      ...wrapped(bwrap, [...own, ...more, '--'], limited(fewProcesses)(command)),
      tellsPid: true,
    });
    const filter = callFilter();
    if (filter)
      offers.push({
        walls: ['calls', 'bubblewrap', ...withLimits, 'permissions'],
        around: (command) => ({ ...jailed(['--seccomp', '5'], command), filter }),
      });
    offers.push({
      walls: ['bubblewrap', ...withLimits, 'permissions'],
      around: (command) => jailed([], command),
    });
  }
  if (unshare !== undefined)
    offers.push({
      walls: ['namespaces', ...withLimits, 'permissions'],
      around: (command) => wrapped(unshare, [...namespaces, '--'], limited(fewProcesses)(command)),
    });
  if (prlimit !== undefined) offers.push({ walls: ['limits', 'permissions'], around: limited([]) });
  return offers;
};

const wrapped = (command: string, before: readonly string[], inner: Command): Command => ({
  command,
  arguments: [...before, inner.command, ...inner.arguments],
});

const limits = ['--core=0', '--fsize=0', '--nofile=256'];

/** Only in a user namespace of its own, where the other processes of the user do not count: docs/decisions.md#few-processes */
const fewProcesses = ['--nproc=128'];

const namespaces = ['--user', '--map-current-user', '--net', '--ipc', '--uts'];

/** Only the libraries of the system and the program are readable. It needs every kind of namespace: docs/decisions.md#unit-namespaces */
const bubblewrap = [
  ...['--unshare-all', '--die-with-parent', '--new-session', '--as-pid-1', '--cap-drop', 'ALL', '--info-fd', '4'],
  ...['--ro-bind', '/usr', '/usr'],
  ...['/lib', '/lib32', '/lib64', '/bin', '/etc/ld.so.cache', '/nix/store', '/gnu/store'].flatMap((path) => [
    '--ro-bind-try',
    path,
    path,
  ]),
  ...['--proc', '/proc', '--dev', '/dev', '--chdir', '/'],
];

const bound = (readable: readonly Readable[]): readonly string[] => {
  const realOf = new Map(readable.flatMap(({ seen, real }) => [[real, real] as const, [seen, real] as const]));
  return [...realOf].flatMap(([seen, real]) => ['--ro-bind', real, seen]);
};

const findProgram = async (name: string, path = '/usr/bin:/bin'): Promise<string | undefined> => {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, name);
    if (folder.startsWith('/') && (await isExecutable(file))) return file;
  }
  return undefined;
};

const isExecutable = async (file: string): Promise<boolean> => {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};
