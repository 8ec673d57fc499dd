import { InvalidArgumentError } from 'commander';

/** What options and arguments are read with. Commander prints the sentence beside the name of the option. */
export const parseWholeNumber =
  (from: number, to: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < from || value > to)
      throw new InvalidArgumentError(`Give a whole number from ${from} to ${to}.`);
    return value;
  };
