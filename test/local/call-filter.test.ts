import { describe, expect, test } from '@jest/globals';
import { callFilter } from '../../lib/local/call-filter.ts';

type Call = { readonly processor: number; readonly number: number; readonly flags?: number };

/** Runs the filter as the kernel does, for the few instructions that it has. */
const answerTo = (filter: Uint8Array, { processor, number, flags = 0 }: Call): string => {
  const program = new DataView(filter.buffer);
  const data = new Map([
    [0, number],
    [4, processor],
    [16, flags],
  ]);
  let held = 0;
  for (let at = 0; at < filter.length; at += 8) {
    const [code, yes, no] = [program.getUint16(at, true), program.getUint8(at + 2), program.getUint8(at + 3)];
    const operand = program.getUint32(at + 4, true);
    const jumpIf = (holds: boolean) => {
      at += 8 * (holds ? yes : no);
    };
    if (code === 0x20) held = data.get(operand) ?? Number.NaN;
    else if (code === 0x15) jumpIf(held === operand);
    else if (code === 0x35) jumpIf(held >= operand);
    else if (code === 0x45) jumpIf((held & operand) !== 0);
    else if (code === 0x06) return meanings[operand] ?? operand.toString(16);
  }
  return 'the filter has no end';
};
const meanings: Readonly<Record<number, string>> = {
  2147418112: 'allowed',
  327681: 'EPERM',
  327718: 'ENOSYS',
  2147483648: 'killed',
};

const [x64, arm64, i386] = [0xc000003e, 0xc00000b7, 0x40000003];
const asThread = 0x3d0f00;
const asProcess = 17;

describe('The filter of system calls', () => {
  test.each([
    ['x64', 'read', { processor: x64, number: 0 }, 'allowed'],
    ['x64', 'execve', { processor: x64, number: 59 }, 'allowed'],
    ['x64', 'a call that is newer than the filter', { processor: x64, number: 999 }, 'allowed'],
    ['x64', 'socket', { processor: x64, number: 41 }, 'EPERM'],
    ['x64', 'ptrace', { processor: x64, number: 101 }, 'EPERM'],
    ['x64', 'the last call of the list', { processor: x64, number: 154 }, 'EPERM'],
    ['x64', 'clone for a thread', { processor: x64, number: 56, flags: asThread }, 'allowed'],
    ['x64', 'clone for a process', { processor: x64, number: 56, flags: asProcess }, 'EPERM'],
    ['x64', 'clone3', { processor: x64, number: 435 }, 'ENOSYS'],
    ['x64', 'a call of the x32 interface', { processor: x64, number: 0x40000000 }, 'EPERM'],
    ['x64', 'a call of the 32-bit interface', { processor: i386, number: 102 }, 'killed'],
    ['arm64', 'read', { processor: arm64, number: 63 }, 'allowed'],
    ['arm64', 'socket', { processor: arm64, number: 198 }, 'EPERM'],
    ['arm64', 'what is fork on x64', { processor: arm64, number: 57 }, 'allowed'],
    ['arm64', 'clone for a thread', { processor: arm64, number: 220, flags: asThread }, 'allowed'],
    ['arm64', 'clone for a process', { processor: arm64, number: 220, flags: asProcess }, 'EPERM'],
    ['arm64', 'clone3', { processor: arm64, number: 435 }, 'ENOSYS'],
    ['arm64', 'a call of another processor', { processor: x64, number: 63 }, 'killed'],
  ])('on %s answers %s', (processor, _call, call, answer) => {
    expect(answerTo(callFilter(processor) ?? new Uint8Array(), call)).toBe(answer);
  });

  test('is no filter on a processor whose calls it does not know', () => {
    expect(callFilter('riscv64')).toBeUndefined();
  });
});
