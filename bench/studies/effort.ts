import { parseArgs } from 'node:util';
import { compare } from '../comparison.ts';
import { fetchPackages, photographs } from '../photographs.ts';
import { effortCurves } from './effort-curves.ts';
import { writeReport } from './report.ts';

// What effort and quality buy: npm --prefix bench/studies run effort [-- --fetch --photos N --report DIR photo.jpg …]
// With --report also a page with every variant beside what it should look like, and the curves.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { fetch: { type: 'boolean' }, photos: { type: 'string', default: '5' }, report: { type: 'string' } },
});
if (values.fetch) await fetchPackages();
const photos = (await photographs(positionals)).slice(0, Number(values.photos));
const { text, curves } = await effortCurves(photos);
process.stdout.write(`${text}\n`);
if (values.report) {
  const shown = (await compare(photos, 1)).map(({ photo, by }) => ({ photo, ours: by.darkroom }));
  process.stdout.write(`${await writeReport(values.report, shown, curves)}\n`);
}
