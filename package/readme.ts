/**
 * A page of the checkout as npm shows it: without what is true only in a checkout, and without pictures and links to files
 * that the package does not have.
 */
export const readmeOf = (page: string): string =>
  page
    .replace(/<!-- checkout -->[\s\S]*?<!-- \/checkout -->\s*/g, '')
    .replace(/^!\[[^\]]*\]\((?!https?:)[^)]*\)\n+/gm, '')
    .replace(/\[([^\]]*)\]\((?!https?:|#)[^)]*\)/g, '$1');
