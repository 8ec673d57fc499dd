import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { environments } from '../../lib/environment.ts';
import { addressVariable, readSettings, settingNames } from '../../lib/local/settings.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', 'NOTICE', 'bench/README.md'].concat(
  readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
);
type Scripts = Readonly<Record<string, string>>;
const scriptsOf = (path: string) => (JSON.parse(read(path)) as { scripts: Scripts }).scripts;
const scripts = scriptsOf('package.json');
const studies = scriptsOf('bench/studies/package.json');

const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1] ?? '');

/** Where a link can lead within a page: its headings, as GitHub names them, and names that were given. */
const anchorsOf = (path: string): ReadonlySet<string> => {
  const text = read(path);
  const headings = all(text, /^#+ (.*)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set([...headings, ...all(text, /<a id="([\w-]+)"><\/a>/g)]);
};

/** Not in the repository: a bench makes it. */
const downloads = 'bench/.cache/';

/** Folders of the repository; what begins with one of them is meant as a path. */
const places = 'bin|deploy|examples|functions|lib|layers|test|bench|docs|\\.github|\\.ci';

describe.each(documents)('%s', (document) => {
  const text = read(document);

  test('links to files that exist', () => {
    const targets = all(text, /\]\((?!https?:|mailto:|#)([^)#\s]+)/g);
    const missing = targets.filter((target) => !existsSync(join(root, normalize(join(document, '..', target)))));
    expect(missing).toEqual([]);
  });

  test('links to headings that exist', () => {
    const targets = all(text, /\]\(((?!https?:|mailto:)[^)\s]*#[^)\s]+)\)/g);
    const missing = targets.filter((target) => {
      const [path = '', anchor = ''] = target.split('#');
      return !anchorsOf(path ? normalize(join(document, '..', path)) : document).has(anchor);
    });
    expect(missing).toEqual([]);
  });

  test('names paths that exist', () => {
    const paths = all(text, new RegExp(`\`((?:${places})/[\\w./-]*|darkroom\\.config\\.ts)\``, 'g'));
    expect(paths.filter((path) => path !== downloads && !existsSync(join(root, path)))).toEqual([]);
  });

  test('names npm scripts that exist', () => {
    const named = [...all(text, /\bnpm run ([\w:-]+)/g), ...all(text, /\bnpm (start|test)\b/g)];
    expect(named.filter((script) => !Object.hasOwn(scripts, script))).toEqual([]);
    const ofStudies = all(text, /\bnpm --prefix bench\/studies run ([\w:-]+)/g);
    expect(ofStudies.filter((script) => !Object.hasOwn(studies, script))).toEqual([]);
  });

  test('names settings that exist', () => {
    const known = new Set([
      ...settingNames,
      addressVariable,
      ...Object.values(environments).flatMap(({ shape }) => Object.keys(shape)),
    ]);
    expect(all(text, /\b(DARKROOM_[A-Z_]+)\b/g).filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('README.md', () => {
  const text = read('README.md');

  test('gives the map of folders that are all there, and of every one in lib', () => {
    const map = text.slice(text.indexOf('## The map'), text.indexOf('## Settings'));
    const folders = readdirSync(join(root, 'lib'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !['client', 'web'].includes(entry.name))
      .map((entry) => `lib/${entry.name}/`);
    expect(folders.filter((folder) => !map.includes(folder))).toEqual([]);
  });

  test('shows the line that the service prints where nothing is set', () => {
    const { host, port } = readSettings({});
    const fence = '```';
    expect(text).toContain(`${fence}\nDarkroom is ready: http://${host}:${port}\n${fence}`);
  });
});
