import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { effortCurves } from './effort-curves.ts';
import { kindAccuracy } from './kind-accuracy.ts';
import { type Measured, measure } from './measure.ts';
import { compareTools } from './other-tools.ts';
import { fetchPhotographs, hundredMegapixels, type Photograph, photographs } from './photographs.ts';
import { likenessOf, referencesOf } from './references.ts';
import { writeReport } from './report.ts';
import { soak } from './soak.ts';
import { table } from './table.ts';
import { uploadToReady } from './upload-to-ready.ts';

const usage = `npm run bench -- [options] [photo.jpg …]

  --fetch         download Debian's wallpaper packages first (140 MB, once)
  --runs N        runs per measurement, the quickest counts (2)
  --quick         only the comparison, with the first photograph
  --memory        only the peak memory, for 12, 24 and 100 megapixels
  --effort        only bytes, CPU and likeness over effort and quality
  --kinds         only how often photo and graphic are told apart
  --service       only the time from PUT to ready
  --soak N        only memory over N images
  --report DIR    also write a page with pictures and curves`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    fetch: { type: 'boolean' },
    runs: { type: 'string', default: '2' },
    quick: { type: 'boolean' },
    memory: { type: 'boolean' },
    effort: { type: 'boolean' },
    kinds: { type: 'boolean' },
    service: { type: 'boolean' },
    soak: { type: 'string' },
    report: { type: 'string' },
    help: { type: 'boolean' },
  },
});
const print = (text: string) => process.stdout.write(`${text}\n`);

const comparison = async (photos: readonly Photograph[]) => {
  const runs = Number(values.runs);
  const rows: string[][] = [];
  const verdicts: string[][] = [];
  const shown: { photo: Photograph; ours: Scored }[] = [];
  for (const photo of photos) {
    const referenceOf = await referencesOf(await readFile(photo.path));
    const scored = async (measured: Measured): Promise<Scored> => ({
      ...measured,
      likenesses: await Promise.all(measured.files.map(async (file) => likenessOf(file, await referenceOf(file)))),
    });
    const one = (contender: Parameters<typeof measure>[0]['contender'], runs_: number) =>
      measure({ contender, path: photo.path, runs: runs_, keep: true }).then(scored);
    const ours = await one('darkroom', runs + 1);
    const limit = await one('limit', runs + 1);
    const same = await one('usual, our settings', runs);
    const usual = await one('usual', runs);
    for (const [name, result] of [
      ['Darkroom', ours],
      ['usual code', usual],
      ['usual code, our settings', same],
      ['sum of the parts alone', limit],
    ] as const)
      rows.push([
        photo.name,
        name,
        seconds(result.best.cpuMs),
        seconds(result.best.wallMs),
        kilobytes(result),
        mean(result.likenesses).toFixed(4),
        Math.min(...result.likenesses).toFixed(4),
        `${result.peakRssMb.toFixed(0)} MB`,
      ]);
    const cores = availableParallelism();
    verdicts.push(
      verdict(photo, 'CPU against usual code', ours.best.cpuMs / usual.best.cpuMs, 0.25),
      verdict(photo, 'wall against usual code', ours.best.wallMs / usual.best.wallMs, 0.3),
      verdict(photo, 'bytes against usual code', bytesOf(ours) / bytesOf(usual), 1.1),
      verdict(photo, 'likeness lost against usual code', mean(usual.likenesses) - mean(ours.likenesses), 0.0005),
      verdict(photo, 'CPU against usual code with our settings', ours.best.cpuMs / same.best.cpuMs, 0.6),
      verdict(photo, 'CPU against the sum of the parts', ours.best.cpuMs / limit.best.cpuMs, 1.1),
      verdict(photo, `wall against that sum / ${cores} cores`, ours.best.wallMs / (limit.best.cpuMs / cores), 1.25),
    );
    shown.push({ photo, ours });
  }
  print(table(['photo', 'made by', 'CPU', 'wall', 'bytes', 'likeness', 'worst', 'peak memory'], rows));
  print('');
  print(table(['photo', 'measure', 'is', 'target', ''], verdicts));
  return shown;
};

export type Scored = Measured & { readonly likenesses: readonly number[] };

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const bytesOf = ({ files }: Measured) => files.reduce((sum, { bytes }) => sum + bytes.length, 0);
const kilobytes = (measured: Measured) => `${(bytesOf(measured) / 1000).toFixed(0)} kB`;
const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
const verdict = (photo: Photograph, what: string, is: number, target: number) => [
  photo.name,
  what,
  is.toFixed(is < 0.01 ? 4 : 2),
  `≤ ${target}`,
  is <= target ? 'met' : 'MISSED',
];

const memory = async (photos: readonly Photograph[]) => {
  const rows: string[][] = [];
  for (const photo of [...photos.slice(0, 2), await hundredMegapixels()])
    for (const contender of ['darkroom', 'usual'] as const) {
      const { peakRssMb, best } = await measure({ contender, path: photo.path, runs: 1, keep: false });
      const size = (await readFile(photo.path)).length / 1e6;
      rows.push([photo.name, `${size.toFixed(1)} MB`, contender, `${peakRssMb.toFixed(0)} MB`, seconds(best.wallMs)]);
    }
  print(table(['photo', 'file', 'made by', 'peak memory of its process', 'wall'], rows));
};

if (values.help) {
  print(usage);
  process.exit(0);
}
if (values.fetch) await fetchPhotographs();
const photos = await photographs(positionals);
print(
  `${availableParallelism()} cores, ${cpus()[0]?.model.trim()}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`,
);
print(
  `photographs: ${[...new Set(photos.map(({ origin }) => origin))].join(', ')}${values.fetch || photos[0]?.origin !== 'drawn' ? '' : ' (--fetch gets real ones)'}\n`,
);

if (values.memory) await memory(photos);
else if (values.effort) print((await effortCurves(photos)).text);
else if (values.kinds) print(await kindAccuracy());
else if (values.service) print(await uploadToReady(photos[0]));
else if (values.soak) print(await soak(photos, Number(values.soak)));
else {
  const shown = await comparison(values.quick ? photos.slice(0, 1) : photos);
  if (!values.quick) {
    print('');
    print(await compareTools(photos.slice(0, 1)));
    print('');
    await memory(photos);
  }
  if (values.report) print(`\n${await writeReport(values.report, shown, await effortCurves(photos))}`);
}
