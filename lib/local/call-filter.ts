/**
 * A filter of system calls for a renderer (seccomp): the kernel refuses it what no decoder and no part of Node.js needs for
 * a render. It names what is refused, not what is allowed, so that a new release of either does not stop renders.
 * docs/decisions.md#call-filter
 */

/** The number of each call for x64 and for arm64; undefined where a processor does not have it. */
export const refusedCalls: Readonly<Record<string, readonly [x64: number, arm64?: number]>> = {
  // To reach another machine or program. The connection to the host is open already.
  socket: [41, 198],
  connect: [42, 203],
  bind: [49, 200],
  listen: [50, 201],
  accept: [43, 202],
  accept4: [288, 242],
  // To start a process. Threads are made by `clone`, which is looked at below.
  fork: [57],
  vfork: [58],
  // To look into another process or take its descriptors.
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  kcmp: [312, 272],
  pidfd_open: [434, 434],
  pidfd_getfd: [438, 438],
  // To make namespaces and mounts, through which most ways out of a sandbox lead.
  unshare: [272, 97],
  setns: [308, 268],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  name_to_handle_at: [303, 264],
  open_by_handle_at: [304, 265],
  // Large and young parts of the kernel, in which most of its faults are found.
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  fanotify_init: [300, 262],
  memfd_secret: [447, 447],
  // The kernel, its modules, its clocks and its log.
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  reboot: [169, 142],
  swapon: [167, 224],
  swapoff: [168, 225],
  acct: [163, 89],
  syslog: [103, 116],
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  clock_adjtime: [305, 266],
  adjtimex: [159, 171],
  quotactl: [179, 60],
  personality: [135, 92],
  iopl: [172],
  ioperm: [173],
  modify_ldt: [154],
};

const processors = {
  x64: { audit: 0xc000003e, clone: 56, numberOf: ([x64]: readonly [number, number?]) => x64 },
  arm64: { audit: 0xc00000b7, clone: 220, numberOf: ([, arm64]: readonly [number, number?]) => arm64 },
} as const;
const clone3 = 435;
const cloneThread = 0x10000;
/** On x64, the calls of another binary interface (x32) begin here. */
const otherInterface = 0x40000000;

const [notPermitted, notImplemented] = [1, 38];
const ends = { allow: 0x7fff0000, refuse: 0x50000 | notPermitted, unknown: 0x50000 | notImplemented, kill: 0x80000000 };

/** One instruction of the classic BPF: what it does, how far it jumps when that holds and when not, and its operand. */
type Instruction = readonly [code: number, yes: number, no: number, operand: number];
const load = (offset: number): Instruction => [0x20, 0, 0, offset];
const ifEqual = (operand: number, yes: number, no: number): Instruction => [0x15, yes, no, operand];
const ifAtLeast = (operand: number, yes: number, no: number): Instruction => [0x35, yes, no, operand];
const ifAnyBit = (operand: number, yes: number, no: number): Instruction => [0x45, yes, no, operand];
const end = (operand: number): Instruction => [0x06, 0, 0, operand];
/** Where the kernel puts the number of the call, the processor, and the lower half of the first argument. */
const [callAt, processorAt, argumentAt] = [0, 4, 16];

/** The program as the kernel takes it; undefined for a processor whose calls it does not know. */
export const callFilter = (processor: string = process.arch): Uint8Array | undefined => {
  if (processor !== 'x64' && processor !== 'arm64') return undefined;
  const { audit, clone, numberOf } = processors[processor];
  const numbers = Object.values(refusedCalls).flatMap((all) => numberOf(all) ?? []);
  return bytesOf([
    load(processorAt),
    ifEqual(audit, 1, 0),
    end(ends.kill),
    load(callAt),
    ifAtLeast(otherInterface, 0, 1),
    end(ends.refuse),
    ...numbers.flatMap((number) => [ifEqual(number, 0, 1), end(ends.refuse)]),
    // Its flags are behind a pointer, which a filter cannot follow. The C library then uses `clone`.
    ifEqual(clone3, 0, 1),
    end(ends.unknown),
    ifEqual(clone, 1, 0),
    end(ends.allow),
    load(argumentAt),
    ifAnyBit(cloneThread, 0, 1),
    end(ends.allow),
    end(ends.refuse),
  ]);
};

const bytesOf = (program: readonly Instruction[]): Uint8Array => {
  const bytes = new DataView(new ArrayBuffer(8 * program.length));
  for (const [at, [code, yes, no, operand]] of program.entries()) {
    bytes.setUint16(8 * at, code, true);
    bytes.setUint8(8 * at + 2, yes);
    bytes.setUint8(8 * at + 3, no);
    bytes.setUint32(8 * at + 4, operand, true);
  }
  return new Uint8Array(bytes.buffer);
};
