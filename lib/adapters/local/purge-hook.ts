import { imagePaths } from '../../core/keys.ts';
import type { Edge } from '../../ports.ts';

export type PurgeHook = { readonly url: string; readonly secret: string; readonly timeoutMs: number };

/**
 * Any CDN, by way of one POST to a receiver that knows how to tell it. Only an answer of 2xx counts as taken; everything
 * else is trouble, for the caller to try again.
 */
export const purgeHook = ({ url, secret, timeoutMs }: PurgeHook): Edge => ({
  // So many prefixes Cloudflare takes in one call; others take more.
  atOnce: 30,
  forget: async (ids, reason) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
      body: JSON.stringify({ reason, ids, paths: ids.map(imagePaths) }),
      // The secret is for the address that was set, and not for where that one sends us.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    await answer.body?.cancel();
    if (!answer.ok) throw new Error(`The receiver of purges answered ${answer.status}.`);
    return ids.length;
  },
});
