import type { Page } from 'playwright-core';

/**
 * What a page shows, as lines of text: each part that has words of its own, is a control or a picture, with its words. Fonts,
 * colours and places are left out, and so is all that differs between two runs of the same page: numbers, units, times and
 * the names of files. So two machines and two browsers have the same outline, unless the page has changed. Of a page with a
 * picture opened it is what is on the screen: the dialog as far as its first heading of the third level.
 */
export const outlineOf = async (page: Page): Promise<string> => {
  const parts = await page.evaluate<readonly (readonly [string, string])[]>(walk);
  const lines = parts.map(([name, words]) => `${name} ${name === 'time' ? '' : withoutFigures(words)}`.trimEnd());
  // A list is as long as the window is high, so each line counts once.
  return `${[...new Set(lines)].join('\n')}\n`;
};

const withoutFigures = (words: string): string =>
  words
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/\b[a-z]+ \d+\.jpg/g, 'FILE')
    .replace(/\b[a-z2-7]{26}\b/g, 'ID')
    .replace(/\b[0-9a-f]{16}\b/g, 'DIGEST')
    .replace(/\d[\d.,:/]*/g, '#')
    .replace(/# ?(?:bytes?|[KMG]?B|ms|s|min|h|%|AM|PM|px)(?![A-Za-z])/g, '#')
    .replace(/#(?:[\s,]+#)+/g, '#');

/** In the page, in the order of the document and through open shadow trees. */
const walk = `(() => {
  const found = [];
  const visit = (node) => {
    for (const one of node.children) {
      if (one.matches('script, style, section:has(> h3)') || !one.checkVisibility({ visibilityProperty: true })) continue;
      const own = [...one.childNodes].filter(({ nodeType }) => nodeType === 3).map(({ data }) => data).join(' ').trim();
      const words = one.ariaLabel ?? (own || one.placeholder || one.alt || '');
      const name = one.localName;
      if (words || /^(a|button|input|select|textarea|img|canvas|svg|progress|meter)$/.test(name)) found.push([name, words]);
      if (!/^(svg|select)$/.test(name)) visit(one);
      if (one.shadowRoot) visit(one.shadowRoot);
    }
  };
  visit(document.querySelector('dialog[open]') ?? document.body);
  return found;
})()`;
