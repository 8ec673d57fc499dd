/** Functions of newer versions of Node.js that the commands use, for older versions (polyfill). */

URL.parse ??= (url, base) => (URL.canParse(url, base) ? new URL(url, base) : null);

Array.fromAsync ??= async <T>(items: AsyncIterable<T> | Iterable<T | PromiseLike<T>>) => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};
