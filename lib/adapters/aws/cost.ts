/**
 * What a picture costs in the AWS home, in US dollars. List prices of us-east-1 on arm64, without any free tier or
 * discount; they are the only figures here that come from outside, and the first thing to correct for another region.
 * docs/aws.md says of each where it was found.
 */
export const prices = {
  lambdaGibSecond: 0.0000133334,
  lambdaCall: 0.2e-6,
  s3Put: 5e-6,
  s3Get: 0.4e-6,
  s3GibMonth: 0.023,
  s3ColdGibMonth: 0.004,
  s3ColdMove: 20e-6,
  s3ColdGet: 10e-6,
  s3ColdGibRead: 0.03,
  sqsCall: 0.4e-6,
  tableWrite: 0.625e-6,
  tableRead: 0.125e-6,
  tableGibMonth: 0.25,
  tableBackupGibMonth: 0.2,
  apiCall: 1e-6,
  eventTold: 1e-6,
  cdnGib: 0.085,
  cdnRequest: 1e-6,
  cdnFunctionCall: 0.1e-6,
  cdnForget: 0.005,
} as const;

/** What is known, or assumed, of the pictures. */
export type Usage = {
  readonly images: number;
  /** Of one original. */
  readonly originalBytes: number;
  /** Of all variants of one image together. */
  readonly variantBytes: number;
  readonly variantFiles: number;
  readonly renderSeconds: number;
  readonly renderMemoryMib: number;
  /** Views of variants in a month, for each image. */
  readonly viewsPerImage: number;
  /** Share of views that the CDN answers by itself. */
  readonly cdnHitShare: number;
  /** Of one view. */
  readonly viewBytes: number;
  /** Whether originals have moved to the colder class. */
  readonly cold: boolean;
};

/**
 * Assumed: photos of 12 megapixels with the default preset, and the traffic of a small site. Replace them by your own.
 */
export const typicalUsage: Usage = {
  images: 1000,
  originalBytes: 4_000_000,
  variantBytes: 900_000,
  variantFiles: 21,
  renderSeconds: 4,
  renderMemoryMib: 1792,
  viewsPerImage: 100,
  cdnHitShare: 0.95,
  viewBytes: 60_000,
  cold: true,
};

export type Cost = {
  /** Once, when an image arrives. */
  readonly once: Readonly<Record<'compute' | 'requests' | 'catalogue', number>>;
  /** Once, when its original moves to the colder class; one of 4 MB saves as much in nine days. */
  readonly move: Readonly<Record<'to the colder class', number>>;
  /** Every month, as long as it is there. */
  readonly monthly: Readonly<Record<'originals' | 'variants' | 'table' | 'audit' | 'delivery', number>>;
  /** When an image is deleted: one path for the CDN to forget. The first 1,000 paths of a month are free to an account. */
  readonly deletion: Readonly<Record<'forgetting at the CDN', number>>;
};

const gib = 1024 ** 3;

export const costOf = (usage: Usage): Cost => {
  const { images } = usage;
  const render = usage.renderSeconds * (usage.renderMemoryMib / 1024) * prices.lambdaGibSecond;
  const smallCalls =
    unitsPerUpload.smallCalls * (smallCallSeconds * smallCallGib * prices.lambdaGibSecond + prices.lambdaCall);
  const puts = (1 + usage.variantFiles + 1) * prices.s3Put + prices.s3Get;
  const queue = unitsPerUpload.queueCalls * prices.sqsCall;
  const api = unitsPerUpload.apiCalls * prices.apiCall;
  const catalogue = unitsPerUpload.writes * prices.tableWrite + unitsPerUpload.reads * prices.tableRead;
  const views = usage.viewsPerImage;
  return {
    once: {
      compute: images * (render + prices.lambdaCall + smallCalls),
      requests: images * (puts + queue + api + prices.eventTold),
      catalogue: images * catalogue,
    },
    move: { 'to the colder class': usage.cold ? images * prices.s3ColdMove : 0 },
    monthly: {
      originals: images * (usage.originalBytes / gib) * (usage.cold ? prices.s3ColdGibMonth : prices.s3GibMonth),
      variants: images * (usage.variantBytes / gib) * prices.s3GibMonth,
      table: images * (tableBytesPerImage / gib) * (prices.tableGibMonth + prices.tableBackupGibMonth),
      audit:
        images *
        auditRoundsPerMonth *
        (listsPerAudit(usage.variantFiles) * prices.s3Put + prices.tableRead * auditReadUnits),
      delivery:
        images *
        views *
        ((usage.viewBytes / gib) * prices.cdnGib +
          prices.cdnRequest +
          prices.cdnFunctionCall +
          (1 - usage.cdnHitShare) * prices.s3Get),
    },
    deletion: { 'forgetting at the CDN': images * prices.cdnForget },
  };
};

/**
 * What rendering images again costs: the renders, the files that they store, the work around them, and reading
 * originals that have moved to the colder class. Which originals have moved, and their sizes, are not known: assumed
 * are all of them, of the typical size.
 */
export const reprocessingCost = (
  work: { readonly images: number; readonly files: number; readonly seconds: number },
  renderMemoryMib: number,
  cold: boolean,
): number => {
  const images = Math.max(1, work.images);
  const each = { variantFiles: work.files / images, renderSeconds: work.seconds / images, renderMemoryMib };
  const bytes = work.images * typicalUsage.originalBytes;
  const reading = cold ? work.images * prices.s3ColdGet + (bytes / gib) * prices.s3ColdGibRead : 0;
  return reading + sumOf(costOf({ ...typicalUsage, ...each, images: work.images, cold: false }).once);
};

/** What versions cost that are made by difference: copies are billed as PUTs, and only the renders are shorter. */
export const differenceCost = (
  { images, variantFiles, renderSeconds, renderMemoryMib }: Usage,
  shareOfRender: number,
): Readonly<Record<'puts' | 'wholeRenders' | 'renders' | 'manifests', number>> => {
  const wholeRenders = images * renderSeconds * (renderMemoryMib / 1024) * prices.lambdaGibSecond;
  return {
    puts: images * (variantFiles + 1) * prices.s3Put,
    wholeRenders,
    renders: wholeRenders * shareOfRender,
    manifests: images * prices.s3Get,
  };
};

/**
 * What an upload takes apart from its files and its render: a ticket with an idempotency key, two looks at the image, and
 * its event. test/docs/aws-ceilings.aws.ts counts the units of the table and its indexes in the calls of a real run.
 */
export const unitsPerUpload = {
  /** Of the table, and of its indexes for an image without a collection. */
  writes: 19,
  /** Of those, the ones of the table itself. */
  tableWrites: 11,
  /** More for an image of a collection. */
  collectionWrites: 4,
  reads: 7,
  apiCalls: 3,
  /** The API and its authorizer three times, and the function that publishes the event. */
  smallCalls: 7,
  /** S3's message, its receipt, its removal, and a share of the polling. */
  queueCalls: 4,
} as const;

export const sumOf = (parts: Readonly<Record<string, number>>): number =>
  Object.values(parts).reduce((sum, part) => sum + part, 0);

/** Stored bytes of an image, its claim, its event and their index keys, with the default preset. */
const tableBytesPerImage = 4000;
/** An audit comes to every image once in 32 hours. */
const auditRoundsPerMonth = (30 * 24) / 32;
/** One LIST names a thousand objects: the original, the variants and the manifest. */
const listsPerAudit = (variantFiles: number): number => (1 + variantFiles + 1) / 1000;
/** The image is read consistently, at one unit for each 4 KB. */
export const auditReadUnits = 1;

export const smallCallSeconds = 0.05;
const smallCallGib = 0.25;

/** What it costs to take in one image whose render took so long. */
export const costOfOne = (renderMs: number, renderMemoryMib: number): number =>
  (renderMs / 1000) * (renderMemoryMib / 1024) * prices.lambdaGibSecond + callOverheadPerImage;

/** The cost of an image apart from its render, which is the same for each image. */
export const callOverheadPerImage: number = (() => {
  const { once } = costOf({ ...typicalUsage, images: 1, renderSeconds: 0 });
  return sumOf(once);
})();
