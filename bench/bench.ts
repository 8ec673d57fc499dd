import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { butteraugliPackages } from './butteraugli.ts';
import { compare, comparisonTables } from './comparison.ts';
import { frontier } from './frontier.ts';
import { graphics } from './graphics.ts';
import { labelledPackages } from './labelled-set.ts';
import { compareTools } from './other-tools.ts';
import { peakMemory } from './peak-memory.ts';
import { cache, fetchPackages, photographs } from './photographs.ts';
import { fetchSet, pictureSet } from './picture-set.ts';
import { report } from './report.ts';
import { scores } from './scores.ts';
import { measureSet } from './set-points.ts';
import { setTables } from './set-tables.ts';
import { soak } from './soak.ts';
import { uploadToReady } from './upload-to-ready.ts';

const usage = `npm run bench -- [options] [photo.jpg …]

Without options: the comparison with usual sharp code, other tools, and peak memory.

  --fetch         download Debian's wallpaper packages first (140 MB, once)
  --rounds N      turns of each contender, the quickest counts (3)
  --photos N      only the first so many photographs
  --quick         only the comparison, with the first photograph
  --memory        only the peak memory, for 12, 24 and 100 megapixels and for animations
  --frontier      only AVIF bytes at equal score over CPU, by two metrics
  --scores        only the scores that web reaches, beside one quality for all
  --graphics      only bytes and scores of graphics, with and without near-lossless files
  --set           only the main figures, over the whole set of photographs (--photos 1000 by default)
  --report DIR    only a page to look at: curves, files that ship and crops of each photograph of the set
  --pictures DIR  with these five: the photographs of this folder as well
  --record FILE   with --frontier and --set: what was measured so far (bench/.cache/frontier.jsonl, set.jsonl)
  --keep          with --frontier: replaces points of bench/recorded/frontier.json that rest on no more photographs
  --service       only the time from PUT to ready
  --soak N        only memory over N images

Studies that were made once are in bench/studies/.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    fetch: { type: 'boolean' },
    rounds: { type: 'string', default: '3' },
    photos: { type: 'string' },
    quick: { type: 'boolean' },
    memory: { type: 'boolean' },
    frontier: { type: 'boolean' },
    scores: { type: 'boolean' },
    graphics: { type: 'boolean' },
    set: { type: 'boolean' },
    report: { type: 'string' },
    pictures: { type: 'string' },
    record: { type: 'string' },
    keep: { type: 'boolean', default: false },
    service: { type: 'boolean' },
    soak: { type: 'string' },
    help: { type: 'boolean' },
  },
});
const print = (text: string): void => {
  process.stdout.write(`${text}\n\n`);
};

const main = async (): Promise<void> => {
  if (values.help) return print(usage);
  if (values.fetch) await fetchPictures();
  if (values.graphics || values.frontier || values.scores || values.set || values.report) {
    print(machine());
    return print(await study());
  }
  const photos = (await photographs(positionals)).slice(0, Number(values.photos ?? 5));
  print(`${machine()}; photographs: ${[...new Set(photos.map(({ origin }) => origin))].join(', ')}`);

  if (values.service) return print(await uploadToReady(photos[0]));
  if (values.soak) return print(await soak(photos, Number(values.soak)));
  if (values.memory) return print(await peakMemory(photos.slice(0, 2)));

  const compared = await compare(values.quick ? photos.slice(0, 1) : photos, Number(values.rounds));
  print(comparisonTables(compared));
  if (values.quick) return;
  print(await compareTools(photos.slice(0, 1)));
  print(await peakMemory(photos.slice(0, 2)));
};

/** On a set of pictures, rather than on one after the other. */
const study = async (): Promise<string> => {
  if (values.graphics) return graphics(Number(values.photos ?? 5));
  const set = await pictureSet(values.pictures, Number(values.photos ?? (values.set || values.report ? 1000 : 5)));
  if (values.report) return report(set, values.report);
  const record = values.record ?? join(cache, values.set ? 'set.jsonl' : 'frontier.jsonl');
  if (values.set) return setTables(await measureSet(set, record));
  return values.frontier ? frontier(set, record, values.keep) : scores(set);
};

const fetchPictures = async (): Promise<void> => {
  if (values.graphics) return fetchPackages([...labelledPackages, ...butteraugliPackages]);
  if (!values.frontier && !values.scores && !values.set && !values.report) return fetchPackages();
  await fetchPackages(butteraugliPackages);
  await fetchSet();
};

const machine = () =>
  `${availableParallelism()} cores (${cpus()[0]?.model.trim()}), ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`;

await main();
