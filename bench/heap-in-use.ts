import type { Service } from '../test/support/service.ts';

/** What JavaScript holds in a service, with garbage that is not collected yet: the least of many looks is what is kept. */
export const heapInUseMb = async ({ url }: Pick<Service, 'url'>): Promise<number> => {
  const page = await fetch(`${url}/metrics`).then(
    (answer) => answer.text(),
    // It has just ended.
    () => '',
  );
  return Number(/^nodejs_heap_size_used_bytes (\S+)$/m.exec(page)?.[1]) / 2 ** 20;
};
