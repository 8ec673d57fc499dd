import { type Command, InvalidArgumentError } from 'commander';
import type { BudgetRequest } from '../contract/requests.ts';
import { parseWholeNumber } from './arguments.ts';

export type BudgetOptions = { readonly maxImages?: number; readonly maxDollars?: number };

/** The options that limit what a job may take. */
export const withBudget = (command: Command): Command =>
  command
    .option('--max-images <count>', 'pause the job after so many images', parseWholeNumber(1, 1_000_000_000))
    .option('--max-dollars <amount>', 'pause the job before it costs more; in the AWS home', parseDollars);

export const budgetOf = ({ maxImages, maxDollars }: BudgetOptions): BudgetRequest | undefined =>
  maxImages === undefined && maxDollars === undefined ? undefined : { images: maxImages, dollars: maxDollars };

const parseDollars = (text: string): number => {
  const dollars = Number(text);
  if (text.trim() === '' || !Number.isFinite(dollars) || dollars <= 0)
    throw new InvalidArgumentError('Give an amount in dollars, such as 20 or 0.50.');
  return dollars;
};
