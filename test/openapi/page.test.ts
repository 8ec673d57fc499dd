import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import config from '../../darkroom.config.ts';
import { openApiDocument } from '../../lib/openapi/document.ts';
import { docsPage } from '../../lib/openapi/page.ts';
import { sizeInWords, timeInWords } from '../../lib/openapi/units.ts';
import { routes } from '../../lib/routes.ts';

const document = openApiDocument({ config, release: '1.2.3' });
const { text, headers } = docsPage(document);
const all = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, found = '']) => found);

describe('the page of the API', () => {
  test('shows every call with its method and path', () => {
    for (const { method, path } of Object.values(routes))
      expect(text).toMatch(new RegExp(`>${method}</span> <code>${path.replace(/[{}.]/g, '\\$&')}</code>`));
  });

  test('shows every shape and every code', () => {
    for (const name of Object.keys(document.components.schemas)) expect(text).toContain(`id="shape-${name}"`);
    for (const code of Object.keys(document.components.responses)) expect(text).toContain(`<code>${code}</code>`);
  });

  test('runs its own script only, loads nothing, calls no other service, and says so to the browser', () => {
    expect(text).not.toMatch(/<script [^>]|\son\w+=|style="|<iframe|<object|@import|url\(/i);
    expect(all(/<(?:img|link|source)\b[^>]*?(?:src|href)="([^"]*)"/g)).toEqual(['data:,']);
    const policy = headers['content-security-policy'];
    for (const name of ['style', 'script']) {
      const blocks = all(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`, 'g'));
      expect(blocks).toHaveLength(1);
      const digest = createHash('sha256')
        .update(blocks[0] ?? '')
        .digest('base64');
      expect(policy).toContain(`${name}-src 'sha256-${digest}'`);
    }
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("connect-src 'self'");
    expect(policy).not.toContain('unsafe');
  });

  test('holds the key in its field only', () => {
    const [program = ''] = all(/<script>([\s\S]*?)<\/script>/g);
    expect(program).not.toMatch(/storage|cookie|indexedDB|caches|history|location/i);
    expect(program.match(/key\.value/g)).toHaveLength(3);
    expect(text).toContain('<input id="key" type="password" autocomplete="off"');
  });

  test('shows every call in three languages, and a form for each that answers with JSON', () => {
    const calls = Object.values(routes);
    for (const language of ['curl', 'JavaScript', 'Python'])
      expect(text.split(`<summary>With ${language}</summary>`)).toHaveLength(calls.length + 1);
    const json = calls.filter(({ answer }) => 'schema' in answer);
    expect(all(/<form class="try" data-method="\w+" data-path="([^"]+)"/g)).toHaveLength(json.length);
  });

  test('writes limits in units for people', () => {
    expect(text).toContain('up to 10 MB (10485760 bytes), from');
    expect(text).toContain('A ticket lives 15 minutes.');
    expect(text).toContain('from 1, to 10485760 (10 MB)');
  });

  test.each([
    [1, '1 byte', '1 second'],
    [45, '45 bytes', '45 seconds'],
    [90, '90 bytes', '1.5 minutes'],
    [2048, '2 KB', '34.1 minutes'],
    [10_485_760, '10 MB', '2912.7 hours'],
  ])('writes %i as %s and as %s', (amount, size, time) => {
    expect([sizeInWords(amount), timeInWords(amount)]).toEqual([size, time]);
  });

  test('has links that all lead somewhere', () => {
    const ids = new Set(all(/\sid="([^"]+)"/g));
    const targets = all(/href="#([^"]+)"/g);
    expect(targets.length).toBeGreaterThan(20);
    expect(targets.filter((target) => !ids.has(target))).toEqual([]);
    expect(all(/aria-labelledby="([^"]+)"/g).filter((id) => !ids.has(id))).toEqual([]);
    expect(ids.size).toBe(all(/\sid="([^"]+)"/g).length);
  });

  test('can be walked through by its headings, tables and landmarks', () => {
    const levels = all(/<h(\d)/g).map(Number);
    expect(levels.filter((level, at) => level > (levels[at - 1] ?? 0) + 1)).toEqual([]);
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    expect(text).toContain('<html lang="en">');
    for (const landmark of ['<header>', '<nav aria-label="Contents">', '<main id="main">'])
      expect(text).toContain(landmark);
    expect(all(/(<th(?! scope=)[ >])/g)).toEqual([]);
  });

  test('closes what it opens', () => {
    const open: string[] = [];
    for (const [, end, name = ''] of text
      .replace(/<script>.*?<\/script>/s, '')
      .matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
      if (['meta', 'link', 'br', 'input'].includes(name)) continue;
      if (end === '') open.push(name);
      else expect(open.pop()).toBe(name);
    }
    expect(open).toEqual([]);
  });

  test('shows what a document says as text, never as markup', () => {
    const info = { ...document.info, title: '<b>&"', description: 'a `<i>` b' };
    const page = docsPage({ ...document, info }).text;
    expect(page).toContain('<h1>&lt;b&gt;&amp;&quot; ');
    expect(page).toContain('a <code>&lt;i&gt;</code> b');
  });
});
