import { parseArgs } from 'node:util';
import { labelledPackages } from '../labelled-set.ts';
import { fetchPackages, unpacked } from '../photographs.ts';
import { kindAccuracy } from './kind-accuracy.ts';

// How often photo and graphic are told apart: npm --prefix bench/studies run kinds [-- --fetch]

const { values } = parseArgs({ options: { fetch: { type: 'boolean' } } });
if (values.fetch) await fetchPackages(labelledPackages);
process.stdout.write(`${await kindAccuracy(unpacked)}\n`);
