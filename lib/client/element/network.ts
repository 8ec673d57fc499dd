import { sleep } from '../retry.ts';
import { retryPauseMs } from './uploads.ts';

/** Waits for the browser to say that the network is back; where it says that it never went away, for a while. */
export const browserNetwork = {
  isOnline: (): boolean => navigator.onLine,
  back: async (attempt: number, signal: AbortSignal): Promise<void> => {
    const ended = new AbortController();
    const online = new Promise<void>((resolve) =>
      addEventListener('online', () => resolve(), { once: true, signal: ended.signal }),
    );
    // A machine may think that it is offline and reach the service all the same, so that is tried too.
    const waited = sleep(retryPauseMs(attempt), AbortSignal.any([signal, ended.signal]));
    try {
      await Promise.race([online, waited]);
    } finally {
      waited.catch(() => undefined);
      ended.abort();
    }
  },
};
