/**
 * What hosted services and a rented machine cost in a month, in US dollars, as their owners publish it. docs/choosing.md#what-a-month-costs
 * says of each price where it was found and when; a price that was not found is not here.
 */

/** A plan is paid whole. `extra` is the price of a unit beyond those that it includes; without it the plan ends there. */
export type Plan<Unit extends string> = {
  readonly name: string;
  readonly dollars: number;
  readonly includes: Readonly<Record<Unit, number>>;
  readonly extra?: Readonly<Record<Unit, number>>;
};

type CreditPlans = { readonly plans: readonly Plan<'credits'>[] };

export const cloudinary: CreditPlans & { readonly transformationsPerCredit: number } = {
  transformationsPerCredit: 1000,
  plans: [
    { name: 'Free', dollars: 0, includes: { credits: 25 } },
    { name: 'Plus', dollars: 99, includes: { credits: 225 } },
    { name: 'Advanced', dollars: 249, includes: { credits: 600 } },
    { name: 'Advanced Extra', dollars: 549, includes: { credits: 1350 } },
  ],
};

export const imgix: CreditPlans & { readonly creditsPerCachedGb: number; readonly rendersPerCredit: number } = {
  creditsPerCachedGb: 2,
  rendersPerCredit: 500,
  plans: [
    { name: 'Starter', dollars: 25, includes: { credits: 100 }, extra: { credits: 0.25 } },
    { name: 'Basic', dollars: 75, includes: { credits: 375 }, extra: { credits: 0.2 } },
    { name: 'Midrange', dollars: 150, includes: { credits: 830 }, extra: { credits: 0.18 } },
    { name: 'Growth', dollars: 300, includes: { credits: 1875 }, extra: { credits: 0.16 } },
    { name: 'Growth Plus', dollars: 500, includes: { credits: 3570 }, extra: { credits: 0.12 } },
  ],
};

export const imagekit: { readonly plans: readonly Plan<'delivered' | 'stored'>[] } = {
  plans: [
    { name: 'Free', dollars: 0, includes: { delivered: 20, stored: 3 } },
    { name: 'Lite', dollars: 9, includes: { delivered: 40, stored: 10 }, extra: { delivered: 0.5, stored: 0.1 } },
    { name: 'Pro', dollars: 89, includes: { delivered: 225, stored: 225 }, extra: { delivered: 0.45, stored: 0.09 } },
  ],
};

/** Storage is bought in steps of so many pictures. */
export const cloudflare = { storedStep: 100_000, storedStepDollars: 5, delivered: 1 / 100_000 } as const;

export const bunny = { website: 9.5, deliveredGb: 0.01 } as const;

/** Two processors and 4 GB of memory; `diskGb` is what its own disk of 80 GB leaves to pictures. */
export const machine = { dollars: 24, diskGb: 60, volumeGb: 0.1, includedGb: 4000, trafficGb: 0.01 } as const;
