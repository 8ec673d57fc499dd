import { digest } from '../digest.ts';
import { shrink } from './shrink.ts';
import type { Done, Order } from './workshop.ts';

// What would hold the page up: the digest and the scaling of large files.

const worker = globalThis as unknown as {
  onmessage: (event: { readonly data: Order }) => void;
  postMessage: (done: Done) => void;
};

worker.onmessage = async ({ data: { number, file, shrink: terms } }) => {
  try {
    const result = terms ? await shrink(file, terms.type, terms) : await digest(file);
    worker.postMessage({ number, result });
  } catch (error) {
    worker.postMessage({ number, trouble: String(error) });
  }
};
