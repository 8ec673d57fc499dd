import { expect, test } from '@jest/globals';
import { costCommand } from '../../lib/commands/cost.ts';
import { recordedShell } from '../support/recorded-shell.ts';

const onTerminal = (...args: string[]): string => {
  const shell = recordedShell({ variables: { NO_COLOR: '1' } });
  costCommand({ ...shell, out: { ...shell.out, isTTY: true } }).parse(args, { from: 'user' });
  return shell.stdout();
};

test('on a terminal the bills are columns, with the source of each price beside it', () => {
  const told = onTerminal('--compare', '--images', '20000');
  expect(told).not.toContain('|');
  expect(told).toMatch(/^ +FOR +US DOLLARS A MONTH +PRICE FOUND IN\n/);
  expect(told).toMatch(/^Cloudinary: plan Plus +99\.00 +API Evangelist's copy of .*, 2026-05-04$/m);
  expect(told).toMatch(/^Cloudinary, together +99\.00$/m);
  const own = onTerminal('--images', '1000');
  expect(own).not.toContain('|');
  expect(own).toMatch(/^once, together +\d+\.\d{4}$/m);
});
