import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Coverage } from './coverage.ts';
import type { Fault } from './fault.ts';
import type { Suite, SuiteEnd } from './suites.ts';

/** What is known of a suite as long as none of these files changes: its measurement, and how it ended with faults. */
type Kept = {
  readonly digests: Readonly<Record<string, string>>;
  readonly tookMs: number;
  readonly coverage: ReturnType<typeof pairsOf>;
  readonly ends: Record<string, SuiteEnd>;
};

const pairsOf = (coverage: Coverage) => [...coverage];

const folder = join(tmpdir(), 'darkroom-mutation');
const nameOf = (fault: Fault): string => [fault.file, fault.start, fault.end, fault.text].join(' ');

/** Results of earlier runs, in a temporary folder: measuring every suite takes as long as `npm test`. */
export const keptSuites = (root: string) => {
  const digestOf = (file: string): string => {
    const path = join(root, file);
    return existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : 'none';
  };
  const digests = new Map<string, string>();
  const digestNow = (file: string): string => {
    const digest = digests.get(file) ?? digestOf(file);
    digests.set(file, digest);
    return digest;
  };
  const pathOf = (suite: string): string => join(folder, `${suite.replaceAll('/', '+')}.json`);
  const ends = new Map<string, Kept>();
  const write = (suite: string, kept: Kept): void => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${pathOf(suite)}.new`, JSON.stringify(kept));
    renameSync(`${pathOf(suite)}.new`, pathOf(suite));
    ends.set(suite, kept);
  };
  return {
    find: (file: string): Suite | undefined => {
      if (!existsSync(pathOf(file))) return undefined;
      const kept = JSON.parse(readFileSync(pathOf(file), 'utf8')) as Kept;
      if (Object.entries(kept.digests).some(([path, digest]) => digestNow(path) !== digest)) return undefined;
      ends.set(file, kept);
      return { file, tookMs: kept.tookMs, coverage: new Map(kept.coverage) };
    },
    /** `files`: what the suite imports, at any depth. */
    keep: ({ file, tookMs, coverage }: Suite, files: Iterable<string>): void => {
      const all = new Set([file, ...files, ...coverage.keys()]);
      const now = Object.fromEntries([...all].map((path) => [path, digestNow(path)]));
      write(file, { digests: now, tookMs, coverage: pairsOf(coverage), ends: {} });
    },
    endOf: (suite: string, fault: Fault): SuiteEnd | undefined => ends.get(suite)?.ends[nameOf(fault)],
    noteEnd: (suite: string, fault: Fault, end: SuiteEnd): void => {
      const kept = ends.get(suite);
      if (!kept) return;
      kept.ends[nameOf(fault)] = end;
      write(suite, kept);
    },
  };
};
