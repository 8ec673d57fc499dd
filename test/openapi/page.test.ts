import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import config from '../../darkroom.config.ts';
import { openApiDocument } from '../../lib/openapi/document.ts';
import { docsPage } from '../../lib/openapi/page.ts';
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

  test('runs no script and loads nothing, and says so to the browser', () => {
    expect(text).not.toMatch(/<script|\son\w+=|style="|<iframe|<object|@import|url\(/i);
    expect(all(/<(?:img|link|source)\b[^>]*?(?:src|href)="([^"]*)"/g)).toEqual(['data:,']);
    const [style = ''] = all(/<style>([\s\S]*?)<\/style>/g);
    const digest = createHash('sha256').update(style).digest('base64');
    expect(headers['content-security-policy']).toContain(`style-src 'sha256-${digest}'`);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
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
    for (const [, end, name = ''] of text.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
      if (['meta', 'link', 'br'].includes(name)) continue;
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
