import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { costCommand } from '../../lib/commands/cost.ts';
import { bunny, cloudflare, cloudinary, imagekit, imgix, machine } from '../../lib/commands/hosted-prices.ts';
import { recordedShell } from '../support/recorded-shell.ts';

const page = readFileSync(new URL('../../docs/choosing.md', import.meta.url), 'utf8');

test('every price has the source and the date that docs/choosing.md has', () => {
  const plans = Object.entries({ Cloudinary: cloudinary, imgix, ImageKit: imagekit }).flatMap(([service, prices]) =>
    prices.plans.map(({ name, source }) => [`${service}: ${name}`, source] as const),
  );
  const sources = [
    ...plans,
    ['Cloudinary: credits', cloudinary.source],
    ['imgix: credits', imgix.source],
    ['Cloudflare Images: stored', cloudflare.source],
    ['Cloudflare Images: delivered', cloudflare.source],
    ['Bunny: Optimizer', bunny.websiteSource],
    ['Bunny: delivered', bunny.deliveredSource],
    ['a machine', machine.source],
    ['a volume', machine.volumeSource],
    ['traffic of the machine', machine.trafficSource],
  ] as const;
  const found = new Map(
    [...page.matchAll(/^\| ([^|]+) \| [^|]+ \| ([^|]+) \|$/gm)].map(([, name, text]) => [name, text]),
  );
  for (const [name, source] of sources) expect([name, found.get(name)]).toEqual([name, source]);
});

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
