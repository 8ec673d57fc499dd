import { parseArgs } from 'node:util';
import { fetchPackages, photographs } from '../photographs.ts';
import { effortCurves } from './effort-curves.ts';

// What effort and quality buy: npm --prefix bench/studies run effort [-- --fetch --photos N photo.jpg …]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { fetch: { type: 'boolean' }, photos: { type: 'string', default: '5' } },
});
if (values.fetch) await fetchPackages();
const photos = (await photographs(positionals)).slice(0, Number(values.photos));
process.stdout.write(`${await effortCurves(photos)}\n`);
