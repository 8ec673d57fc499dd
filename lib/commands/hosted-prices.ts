/**
 * What hosted services and a rented machine cost in a month, in US dollars, as their owners publish it. Each has where it was
 * found and when, in the words of docs/choosing.md#what-a-month-costs; a price that was not found is not here.
 */

/** A plan is paid whole. `extra` is the price of a unit beyond those that it includes; without it the plan ends there. */
export type Plan<Unit extends string> = {
  readonly name: string;
  readonly dollars: number;
  readonly source: string;
  readonly includes: Readonly<Record<Unit, number>>;
  readonly extra?: Readonly<Record<Unit, number>>;
};

/** `source` is that of what a credit stands for. */
type CreditPlans = { readonly source: string; readonly plans: readonly Plan<'credits'>[] };

const cloudinaryPage = "API Evangelist's copy of Cloudinary's pricing page, 2026-05-04";
const imgixPage = "API Evangelist's copy of imgix's pricing page, 2026-05-04";
const imagekitPage = "API Evangelist's copy of ImageKit's page of plans, 2026-06-12 or before";

export const cloudinary: CreditPlans & { readonly transformationsPerCredit: number } = {
  source: "Cloudinary's FAQ for developers, undated copy, looked up on 2026-11-22",
  transformationsPerCredit: 1000,
  plans: [
    {
      name: 'Free',
      source: "Cloudinary's page on billing and plans, copy of April 2026 or later",
      dollars: 0,
      includes: { credits: 25 },
    },
    { name: 'Plus', source: cloudinaryPage, dollars: 99, includes: { credits: 225 } },
    { name: 'Advanced', source: cloudinaryPage, dollars: 249, includes: { credits: 600 } },
    {
      name: 'Advanced Extra',
      source:
        "a user's table, 2022-10-08; Cloudinary's page on billing still lists the plan in 2026, without its price",
      dollars: 549,
      includes: { credits: 1350 },
    },
  ],
};

export const imgix: CreditPlans & { readonly creditsPerCachedGb: number; readonly rendersPerCredit: number } = {
  source: "imgix's FAQ on credits, which apply from 2025-07-01",
  creditsPerCachedGb: 2,
  rendersPerCredit: 500,
  plans: [
    { name: 'Starter', source: imgixPage, dollars: 25, includes: { credits: 100 }, extra: { credits: 0.25 } },
    { name: 'Basic', source: imgixPage, dollars: 75, includes: { credits: 375 }, extra: { credits: 0.2 } },
    { name: 'Midrange', source: imgixPage, dollars: 150, includes: { credits: 830 }, extra: { credits: 0.18 } },
    { name: 'Growth', source: imgixPage, dollars: 300, includes: { credits: 1875 }, extra: { credits: 0.16 } },
    { name: 'Growth Plus', source: imgixPage, dollars: 500, includes: { credits: 3570 }, extra: { credits: 0.12 } },
  ],
};

export const imagekit: { readonly source: string; readonly plans: readonly Plan<'delivered' | 'stored'>[] } = {
  source: imagekitPage,
  plans: [
    { name: 'Free', source: imagekitPage, dollars: 0, includes: { delivered: 20, stored: 3 } },
    {
      name: 'Lite',
      source: imagekitPage,
      dollars: 9,
      includes: { delivered: 40, stored: 10 },
      extra: { delivered: 0.5, stored: 0.1 },
    },
    {
      name: 'Pro',
      source: imagekitPage,
      dollars: 89,
      includes: { delivered: 225, stored: 225 },
      extra: { delivered: 0.45, stored: 0.09 },
    },
  ],
};

/** Storage is bought in steps of so many pictures. */
export const cloudflare = {
  storedStep: 100_000,
  storedStepDollars: 5,
  delivered: 1 / 100_000,
  source: "Cloudflare's documentation, source text after its change of 2024-09-26",
} as const;

export const bunny = {
  website: 9.5,
  websiteSource: "Bunny's documentation, undated copy, looked up on 2026-11-22",
  deliveredGb: 0.01,
  deliveredSource:
    "Bunny's documentation, undated copy, looked up on 2026-11-22; API Evangelist's copy of Bunny's pricing page, 2026-09-20",
} as const;

/** Two processors and 4 GB of memory; `diskGb` is what its own disk of 80 GB leaves to pictures. */
export const machine = {
  dollars: 24,
  source: "DigitalOcean's list of its price change of July 2022, as a user kept it",
  diskGb: 60,
  volumeGb: 0.1,
  volumeSource: "a guide to DigitalOcean's prices, undated, looked up on 2026-11-22",
  includedGb: 4000,
  trafficGb: 0.01,
  trafficSource: "DigitalOcean's documentation, validated on 2025-04-22",
} as const;
