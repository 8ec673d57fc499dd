import { costOf, prices, sumOf, type Usage } from '../adapters/aws/cost.ts';
import { bunny, cloudflare, cloudinary, imagekit, imgix, machine, type Plan } from './hosted-prices.ts';

/** One month with all the pictures in store. */
export type Month = Usage & {
  /** Pictures that are new in this month. */
  readonly arrivals: number;
  /** Files that views ask for, of each new picture: a service that transforms on request makes only those. */
  readonly filesSeen: number;
};

type BillItem = {
  readonly item: string;
  readonly amount: string;
  readonly dollars: number;
  /** Where its price was found, and when. */
  readonly source: string;
};

export type Bill = {
  readonly name: string;
  /** What is paid for, and how much of it. */
  readonly items: readonly BillItem[];
  /** Undefined where no published price goes so far. */
  readonly dollars: number | undefined;
};

const gb = 1e9;
/** Secrets, metrics, alarms and the polling of empty queues: docs/aws.md#what-it-costs */
export const awsStanding = 6;

/** docs/aws.md#what-it-costs says of each where it was found. */
const awsPrices = "AWS's list prices of us-east-1, reviewed in November 2026, see docs/aws.md";

export const billsOf = (month: Month): readonly Bill[] =>
  [onAws, onOneBox, atCloudinary, atImgix, atImagekit, atCloudflare, atBunny].map((of) => of(month));

const amountsOf = ({ images, arrivals, originalBytes, variantBytes, viewsPerImage, viewBytes, ...month }: Month) => ({
  views: images * viewsPerImage,
  originals: (images * originalBytes) / gb,
  stored: (images * (originalBytes + variantBytes)) / gb,
  delivered: (images * viewsPerImage * viewBytes) / gb,
  made: arrivals * month.filesSeen,
  /** What a service keeps that makes only the files that are seen. */
  derived: (images * variantBytes * (month.filesSeen / month.variantFiles)) / gb,
});

const billOf = (name: string, items: Bill['items']): Bill => ({
  name,
  items,
  dollars: items.reduce((sum, { dollars }) => sum + dollars, 0),
});

const onAws = (month: Month): Bill => {
  const { once, move } = costOf({ ...month, images: month.arrivals });
  const { monthly } = costOf(month);
  const { originals, stored, delivered } = amountsOf(month);
  const items = [
    { item: 'renders and uploads', amount: count(month.arrivals, 'picture'), dollars: sumOf(once) },
    {
      item: 'moves to the colder class',
      amount: count(month.arrivals, 'original'),
      dollars: sumOf(move),
    },
    { item: 'originals', amount: gigabytes(originals), dollars: monthly.originals },
    { item: 'variants', amount: gigabytes(stored - originals), dollars: monthly.variants },
    { item: 'table and audits', amount: count(month.images, 'picture'), dollars: monthly.table + monthly.audit },
    { item: 'delivery', amount: gigabytes(delivered), dollars: monthly.delivery },
    { item: 'alarms, metrics, secrets', amount: 'at most', dollars: awsStanding },
  ];
  return billOf(
    'Darkroom on AWS',
    items.map((item) => ({ ...item, source: awsPrices })),
  );
};

const onOneBox = (month: Month): Bill => {
  const { stored, delivered } = amountsOf(month);
  const beside = Math.max(0, 2 * stored - machine.diskGb);
  return billOf('Darkroom on one box', [
    { item: 'a machine', amount: '2 processors, 4 GB', dollars: machine.dollars, source: machine.source },
    {
      item: 'a volume, twice what is stored',
      amount: gigabytes(beside),
      dollars: beside * machine.volumeGb,
      source: machine.volumeSource,
    },
    {
      item: 'delivery',
      amount: gigabytes(delivered),
      dollars: Math.max(0, delivered - machine.includedGb) * machine.trafficGb,
      source: machine.trafficSource,
    },
  ]);
};

const atCloudinary = (month: Month): Bill => {
  const { originals, derived, delivered, made } = amountsOf(month);
  const parts = {
    transformations: made / cloudinary.transformationsPerCredit,
    storage: originals + derived,
    delivery: delivered,
  };
  return planned('Cloudinary', credits(parts, cloudinary.source), cloudinary.plans, { credits: sumOf(parts) });
};

const atImgix = (month: Month): Bill => {
  const { originals, derived, delivered, made } = amountsOf(month);
  const parts = {
    transformations: made / imgix.rendersPerCredit,
    'cached files': derived * imgix.creditsPerCachedGb,
    delivery: delivered,
  };
  return planned('imgix', [...credits(parts, imgix.source), inS3(originals)], imgix.plans, { credits: sumOf(parts) });
};

const atImagekit = (month: Month): Bill => {
  const { originals, delivered } = amountsOf(month);
  const items = [
    { item: 'originals', amount: gigabytes(originals), dollars: 0, source: imagekit.source },
    { item: 'delivery', amount: gigabytes(delivered), dollars: 0, source: imagekit.source },
  ];
  return planned('ImageKit', items, imagekit.plans, { delivered, stored: originals });
};

const atCloudflare = (month: Month): Bill => {
  const { views } = amountsOf(month);
  const steps = Math.ceil(month.images / cloudflare.storedStep);
  return billOf('Cloudflare Images', [
    {
      item: 'originals',
      amount: count(month.images, 'picture'),
      dollars: steps * cloudflare.storedStepDollars,
      source: cloudflare.source,
    },
    {
      item: 'delivery',
      amount: count(views, 'view'),
      dollars: views * cloudflare.delivered,
      source: cloudflare.source,
    },
  ]);
};

const atBunny = (month: Month): Bill => {
  const { originals, delivered } = amountsOf(month);
  return billOf('Bunny Optimizer', [
    { item: 'one website', amount: '', dollars: bunny.website, source: bunny.websiteSource },
    {
      item: 'delivery',
      amount: gigabytes(delivered),
      dollars: delivered * bunny.deliveredGb,
      source: bunny.deliveredSource,
    },
    inS3(originals),
  ]);
};

/** The service reads originals from a store of yours. */
const inS3 = (originals: number) => ({
  item: 'originals in S3 Standard',
  amount: gigabytes(originals),
  dollars: ((originals * gb) / 1024 ** 3) * prices.s3GibMonth,
  source: awsPrices,
});

const credits = (parts: Readonly<Record<string, number>>, source: string): Bill['items'] =>
  Object.entries(parts).map(([item, used]) => ({ item, amount: `${rounded(used)} credits`, dollars: 0, source }));

/** The cheapest plan that takes these units. */
const planned = <Unit extends string>(
  name: string,
  items: Bill['items'],
  plans: readonly Plan<Unit>[],
  units: Readonly<Record<Unit, number>>,
): Bill => {
  const offers = plans.flatMap((plan) => {
    const names = Object.keys(plan.includes) as Unit[];
    const beyond = names.map(
      (unit) => Math.max(0, units[unit] - plan.includes[unit]) * (plan.extra?.[unit] ?? Infinity),
    );
    // Nothing beyond a plan without a price for it is 0 × ∞.
    const extra = beyond.reduce((sum, dollars) => sum + (Number.isNaN(dollars) ? 0 : dollars), 0);
    return Number.isFinite(extra) ? [{ plan, extra }] : [];
  });
  const [best] = offers.sort((a, b) => a.plan.dollars + a.extra - b.plan.dollars - b.extra);
  if (!best) return { name, items, dollars: undefined };
  return billOf(name, [
    ...items,
    { item: `plan ${best.plan.name}`, amount: '', dollars: best.plan.dollars, source: best.plan.source },
    ...(best.extra > 0 ? [{ item: 'beyond the plan', amount: '', dollars: best.extra, source: best.plan.source }] : []),
  ]);
};

const rounded = (value: number): string => Math.round(value).toLocaleString('en');
const count = (value: number, one: string): string => `${rounded(value)} ${one}${Math.round(value) === 1 ? '' : 's'}`;
const gigabytes = (value: number): string => `${rounded(value)} GB`;
