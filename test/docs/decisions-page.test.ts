import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

const [, ...sections] = read('docs/decisions.md').split(/^(?=<a id=)/m);
const names = sections.map((section) => /^<a id="([a-z-]+)"><\/a>\n\n## /.exec(section)?.[1]);

/** Where the code of each row of the table is; a part of a file, where the row is about that part. */
const byHand: Readonly<Record<string, readonly (string | readonly [path: string, from: string])[]>> = {
  router: [['lib/routes.ts', 'export const matchRoute']],
  'token bucket': ['lib/local/token-bucket.ts', 'lib/local/rate-limit.ts'],
  'signature of webhooks': ['lib/local/webhook-signature.ts'],
  'queue, outbox, redelivery': [
    'lib/adapters/local/sqlite-task-queue.ts',
    'lib/adapters/local/sqlite-outbox.ts',
    'lib/local/redelivery.ts',
    'lib/local/webhook.ts',
  ],
  SQLite: ['lib/adapters/local/database.ts'],
  settings: ['lib/local/settings.ts'],
  'profiles of presses (ICC)': ['lib/render/neutral-black.ts'],
  'first bytes of a file': ['lib/render/sniff.ts'],
  'structure of files': globSync('lib/render/structure/*.ts', { cwd: root }),
  GIF: globSync('lib/render/gif/*.ts', { cwd: root }),
  'colours by code points (PQ, HLG, wide gamuts)': ['lib/render/code-points.ts'],
  'page of the API': ['page', 'try-it', 'code-samples', 'markup', 'units'].map((name) => `lib/openapi/${name}.ts`),
  'tables and progress on the terminal': ['lib/commands/table.ts', 'lib/commands/progress.ts'],
};

const linesIn = (part: (typeof byHand)[string][number]): number => {
  const [path, from = ''] = typeof part === 'string' ? [part] : part;
  const text = read(path);
  return text.slice(text.indexOf(from)).split('\n').length - 1;
};

const links = globSync(['{bin,functions,lib,package}/**/*.{ts,js}', 'test/architecture.test.ts'], { cwd: root })
  .filter((path) => !path.startsWith('lib/web/'))
  .flatMap((path) =>
    [...read(path).matchAll(/docs\/decisions\.md(?:#([\w-]+))?/g)].map(([, name]) => ({ path, name })),
  );

describe('docs/decisions.md', () => {
  test('gives every decision a name and a date', () => {
    expect(names).toHaveLength(read('docs/decisions.md').match(/^## /gm)?.length ?? 0);
    expect(new Set(names).size).toBe(names.length);
    for (const section of sections)
      expect(section).toMatch(/^<a id="[a-z-]+"><\/a>\n\n## .+\n\n\*20\d\d-\d\d-\d\d\*\n/);
  });

  test('has every decision that the code links to', () => {
    expect(links.filter(({ name }) => !names.includes(name))).toEqual([]);
  });

  test('holds no decision that no code links to', () => {
    const linked = new Set(links.map(({ name }) => name));
    expect(names.filter((name) => !linked.has(name))).toEqual([]);
  });

  test('counts the lines of what is written by hand, and holds each against a library', () => {
    const table = sections.find((section) => section.startsWith('<a id="by-hand">')) ?? '';
    const rows = [...table.matchAll(/^\| (?!field)([^|]+) \| ([^|]*) \| ([^|]*) \|/gm)].map(
      ([, field = '', ...rest]) => ({
        field,
        ours: rest[0] ?? '',
        library: rest[1] ?? '',
      }),
    );
    const counted = rows.filter(({ field, ours }) => field.trim() !== '' && /\d+ lines/.test(ours));
    expect(counted.map(({ field }) => field)).toEqual(Object.keys(byHand));
    for (const { field, ours, library } of counted) {
      const said = Number(/(\d+) lines/.exec(ours)?.[1]);
      const lines = (byHand[field] ?? []).reduce((sum, part) => sum + linesIn(part), 0);
      expect({ field, lines, near: Math.abs(lines - said) <= lines / 10 }).toEqual({ field, lines, near: true });
      expect([field, library]).toEqual([field, expect.stringMatching(/[a-z]/)]);
    }
    // The row of a library that is used already has no such cells.
    const held = [...table.matchAll(/^\| (?!field)[^|]*\|[^|]*\| ([^|]+) \| ([^|]+) \| ([^|]+) \| \*\*keep/gm)];
    expect(held).toHaveLength(rows.length + [...table.matchAll(/^\| \| \| /gm)].length - 1);
    for (const [, library, facts, saved] of held)
      expect([library, facts, saved]).toEqual([
        library,
        expect.stringMatching(/^[\d.]+, 20\d\d-\d\d-\d\d.* [\d.]+ MB/),
        expect.stringMatching(/^(at most |none: |the )/),
      ]);
  });
});
