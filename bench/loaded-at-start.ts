import type { Metafile } from 'esbuild';

/** How many bytes of a bundle are read before its first call; the rest waits until it is needed. */
export const loadedAtStart = ({ outputs }: Metafile): number => {
  const seen = new Set<string>();
  const load = (path: string): number => {
    const output = outputs[path];
    if (!output || seen.has(path)) return 0;
    seen.add(path);
    const next = output.imports.filter(({ kind }) => kind === 'import-statement');
    return next.reduce((sum, { path }) => sum + load(path), output.bytes);
  };
  const entry = Object.keys(outputs).find((path) => path.endsWith('/index.mjs'));
  if (entry === undefined) throw new Error('the bundle has no index.mjs');
  return load(entry);
};
