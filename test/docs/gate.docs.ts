import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, jest, test } from '@jest/globals';
import { areInstalled } from '../support/can-run.ts';

// How .ci/run counts, and that it says what was left out. Needs bash.

const root = fileURLToPath(new URL('../..', import.meta.url));

const gateOf = (...lines: readonly string[]) => {
  const { status, stdout } = spawnSync('bash', ['-c', ['. .ci/stages.sh', ...lines, 'add_up'].join('\n')], {
    cwd: root,
    encoding: 'utf8',
  });
  const [sum, ...above] = stdout.trimEnd().split('\n').toReversed();
  return { status, sum, above: above.toReversed() };
};

const leftOut = (what: string) => `echo 'Left out on this machine: ${what}.' >&2`;

test('what any stage leaves out stands above the sum, once for each stage', () => {
  const { status, sum, above } = gateOf(
    `pictures() { stage beside bash -c "${leftOut('a clock')}; ${leftOut('a clock')}; echo 2 passed, 0 failed"; }`,
    'beside pictures',
    `stage disk bash -c "${leftOut('a full disk')}"`,
    "leave_out memory 'no service is run in 256 MB'",
    'join',
  );
  expect(status).toBe(0);
  expect(sum).toBe('3 passed, 0 failed');
  const list = above.slice(above.indexOf('Left out on this machine (3):') + 1, -1);
  expect(list.toSorted()).toEqual([
    '  beside: a clock.',
    '  disk: a full disk.',
    '  memory: no service is run in 256 MB',
  ]);
});

test('without anything left out nothing is said of it', () => {
  const { above } = gateOf('stage one true');
  expect(above.join('\n')).not.toContain('Left out');
});

test('a stage that fails ends the gate with a failure', () => {
  const { status, sum } = gateOf('stage one true', 'stage two false');
  expect({ status, sum }).toEqual({ status: 1, sum: '1 passed, 1 failed' });
});

test('a test whose program is missing is left out, and fails under CI', () => {
  const empty = { PATH: '/nowhere' };
  const said = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  expect(areInstalled(['bwrap'], 'a wall', empty)).toBe(false);
  expect(said.mock.calls).toEqual([['Left out on this machine: a wall, for want of bwrap.\n']]);
  said.mockRestore();
  expect(() => areInstalled(['bwrap', 'node'], 'a wall', { ...empty, CI: 'true' })).toThrow(
    'For a wall, .ci/run has to install bwrap and node.',
  );
  expect(areInstalled(['bash'], 'bash', { PATH: process.env.PATH, CI: 'true' })).toBe(true);
});
