import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { typicalUsage } from '../../lib/adapters/aws/cost.ts';
import { sizesTable } from '../../lib/commands/cost.ts';
import { bunny, cloudflare, cloudinary, imagekit, imgix, machine } from '../../lib/commands/hosted-prices.ts';
import { billsOf } from '../../lib/commands/month.ts';
import { jsonLines, runCommand } from '../support/command.ts';

const page = readFileSync(new URL('../../docs/choosing.md', import.meta.url), 'utf8');
const number = (value: number) => value.toLocaleString('en');
const dollars = (value: number) => `$${Number.isInteger(value) ? value : value.toFixed(2)}`;

test('docs/choosing.md has the bills that the command prints', async () => {
  const { code, stdout } = await runCommand(['cost', '--compare', '--images', '20000']);
  expect(code).toBe(0);
  expect(page).toContain(stdout.trim());
  expect(page).toContain(sizesTable([1000, 20_000, 100_000]));
});

test('docs/choosing.md says of every price what it is, where it was found and when', () => {
  const [, sources = ''] = page.split('Where each price was found.');
  const found = new Map(
    [...sources.matchAll(/^\| ([^|]+) \| ([^|]*\d[^|]*) \| ([^|]+) \|$/gm)].map(
      ([, name = '', price = '', source = '']) => [name, { price, source }],
    ),
  );
  for (const [service, plans] of Object.entries({ Cloudinary: cloudinary.plans, imgix: imgix.plans }))
    for (const { name, dollars: price, includes, extra } of plans)
      expect([name, found.get(`${service}: ${name}`)?.price]).toEqual([
        name,
        `${dollars(price)} for ${number(includes.credits)} credits${extra ? `, then ${dollars(extra.credits)}` : ''}`,
      ]);
  for (const { name, dollars: price, includes, extra } of imagekit.plans) {
    const then = extra ? `, then ${dollars(extra.delivered)} and ${dollars(extra.stored)}` : '';
    expect([name, found.get(`ImageKit: ${name}`)?.price]).toEqual([
      name,
      `${dollars(price)} for ${includes.delivered} GB delivered and ${includes.stored} GB stored${then}`,
    ]);
  }
  const others = {
    'Cloudinary: credits': `1 credit for ${number(cloudinary.transformationsPerCredit)} transformations, 1 GB stored or 1 GB delivered`,
    'imgix: credits': `${imgix.creditsPerCachedGb} credits for 1 GB of cached files, 1 for 1 GB delivered, 1 for ${imgix.rendersPerCredit} renders`,
    'Cloudflare Images: stored': `${dollars(cloudflare.storedStepDollars)} for ${number(cloudflare.storedStep)} pictures`,
    'Cloudflare Images: delivered': `$1 for ${number(1 / cloudflare.delivered)} views`,
    'Bunny: Optimizer': `${dollars(bunny.website)} for one website`,
    'Bunny: delivered': `${dollars(bunny.deliveredGb)} for 1 GB in Europe and North America`,
    'a volume': `${dollars(machine.volumeGb)} for 1 GB`,
    'traffic of the machine': `${dollars(machine.trafficGb)} for 1 GB beyond ${machine.includedGb / 1000} TB`,
  };
  for (const [name, price] of Object.entries(others)) expect([name, found.get(name)?.price]).toEqual([name, price]);
  expect(found.get('a machine')?.price).toContain(dollars(machine.dollars));
  for (const { source } of found.values()) expect(source).toMatch(/[A-Z].*20\d\d/);
});

/** A word of the source, and a year. */
const dated = expect.stringMatching(/[A-Za-z]{3}.*20\d\d/);
const month = { ...typicalUsage, images: 100_000, arrivals: 10_000, filesSeen: 7 };
const billFrom = (name: string, change: Partial<typeof month> = {}) =>
  billsOf({ ...month, ...change }).find((bill) => bill.name === name);

test('a bill is the sum of its items, worked out by hand for 100,000 pictures', () => {
  // 400 GB of originals, 90 GB of variants of which a third is seen, 600 GB delivered.
  expect(billFrom('Darkroom on one box')?.dollars).toBeCloseTo(24 + (2 * 490 - 60) * 0.1, 9);
  // 70 + 430 + 600 credits.
  expect(billFrom('Cloudinary')?.dollars).toBe(549);
  // 140 + 60 + 600 credits are cheapest with Midrange; 400 GB are 372.5 GiB.
  expect(billFrom('imgix')?.dollars).toBeCloseTo(150 + (4e11 / 1024 ** 3) * 0.023, 9);
  expect(billFrom('ImageKit')?.dollars).toBeCloseTo(89 + 375 * 0.45 + 175 * 0.09, 9);
  expect(billFrom('Cloudflare Images')?.dollars).toBeCloseTo(5 + 100, 9);
  expect(billFrom('Bunny Optimizer')?.dollars).toBeCloseTo(9.5 + 6 + (4e11 / 1024 ** 3) * 0.023, 9);
});

test('every item of a bill says where its price was found, and when', () => {
  for (const { name, items } of billsOf(month))
    for (const { item, source } of items) expect([name, item, source]).toEqual([name, item, dated]);
  for (const prices of [cloudinary, imgix, imagekit])
    for (const { name, source } of prices.plans) expect([name, source]).toEqual([name, dated]);
});

test('a service has no sum where no published plan goes so far', () => {
  expect(billFrom('Cloudinary', { images: 1_000_000 })?.dollars).toBeUndefined();
});

test('cost prints JSON, and refuses what is no number', async () => {
  const bills = jsonLines(await runCommand(['cost', '--compare', '--images', '0', '--json']));
  expect(bills.find(({ name }) => name === 'Cloudinary')).toMatchObject({ dollars: 0 });
  const [onAws] = jsonLines(await runCommand(['cost', '--json']));
  expect(onAws).toMatchObject({ deletion: { 'forgetting at the CDN': 5 } });
  expect(await runCommand(['cost', '--images', 'many'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Give a number'),
  });
});

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
