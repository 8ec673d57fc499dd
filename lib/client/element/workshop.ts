import { digest } from '../digest.ts';
import { type ShrinkTerms, shrink } from './shrink.ts';

/** A digest, or where `shrink` is given a smaller picture. */
export type Order = {
  readonly number: number;
  readonly file: Blob;
  readonly shrink?: (ShrinkTerms & { readonly type: string }) | undefined;
};
export type Done = { readonly number: number; readonly result?: unknown; readonly trouble?: string };

/** A page may start no worker from another origin, but one of its own that imports from there. */
const ownAddress = (address: string): string =>
  new URL(address).origin === location.origin
    ? address
    : URL.createObjectURL(new Blob([`import ${JSON.stringify(address)};`], { type: 'text/javascript' }));

/** Files of one drop share a worker; one that is left over would stay for as long as the page. */
const idleMs = 5000;

/** Digests and smaller pictures, made in a worker while there is something to do; on the page itself where that may start no worker. */
export const workshop = (address: string) => {
  let worker: Worker | undefined | null;
  let count = 0;
  let end: ReturnType<typeof setTimeout> | undefined;
  const open = new Map<number, { resolve: (result: unknown) => void; reject: (reason: unknown) => void }>();

  const start = (): Worker | null => {
    try {
      const own = ownAddress(address);
      const started = new Worker(own, { type: 'module' });
      started.onmessage = ({ data }: MessageEvent<Done>) => {
        // It has been loaded, so the address is needed no more.
        URL.revokeObjectURL(own);
        const order = open.get(data.number);
        open.delete(data.number);
        if (data.trouble === undefined) order?.resolve(data.result);
        else order?.reject(new Error(data.trouble));
        if (open.size > 0) return;
        end = setTimeout(() => {
          started.terminate();
          worker = undefined;
        }, idleMs);
      };
      // It could not be loaded, or the page's policy forbids it.
      started.onerror = () => {
        URL.revokeObjectURL(own);
        worker = null;
        for (const { reject } of open.values()) reject(undefined);
        open.clear();
      };
      return started;
    } catch {
      return null;
    }
  };

  const order = async <T>(file: Blob, terms: Order['shrink'], here: () => Promise<T>): Promise<T> => {
    clearTimeout(end);
    if (worker === undefined) worker = start();
    if (!worker) return here();
    const number = count++;
    const done = new Promise((resolve, reject) => open.set(number, { resolve, reject }));
    worker.postMessage({ number, file, shrink: terms } satisfies Order);
    try {
      return (await done) as T;
    } catch (error) {
      if (error !== undefined) throw error;
      return here();
    }
  };

  return {
    digest: (file: Blob) => order(file, undefined, () => digest(file)),
    shrink: (file: Blob, type: string, terms: ShrinkTerms) =>
      order(file, { ...terms, type }, () => shrink(file, type, terms)),
  };
};
