/** A text as HTML, in an element or in an attribute. */
export const escaped = (plain: string): string =>
  plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** A block of code, which the script of the page gives a button to copy it. */
export const code = (content: string): string => `<div class="code"><pre tabindex="0">${escaped(content)}</pre></div>`;
