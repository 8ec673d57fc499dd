/**
 * What keeps these packages of `@img` from being those of a layer for the processor, and for no other; undefined when
 * nothing does.
 */
export const wrongInLayer = (found: readonly string[], cpu: 'arm64' | 'x64'): string | undefined => {
  const wanted = [`sharp-linux-${cpu}`, `sharp-libvips-linux-${cpu}`];
  const missing = wanted.filter((name) => !found.includes(name));
  const foreign = found.filter((name) => name.startsWith('sharp-') && !wanted.includes(name));
  if (missing.length > 0) return `${missing.map((name) => `@img/${name}`).join(' and ')} is missing`;
  return foreign.length > 0
    ? `${foreign.map((name) => `@img/${name}`).join(' and ')} does not belong there`
    : undefined;
};
