import { imagePaths } from '../../core/object-keys.ts';
import type { Edge } from '../../ports.ts';

export type PurgeHook = { readonly url: string; readonly secret: string; readonly timeoutMs: number };

/**
 * Any CDN, through one POST to a receiver that invalidates it. Only an answer of 2xx counts as accepted; after any
 * other the caller tries again.
 */
export const purgeHook = ({ url, secret, timeoutMs }: PurgeHook): Edge => ({
  // Cloudflare accepts this many prefixes in one call; others accept more.
  atOnce: 30,
  forget: async (ids, reason) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
      body: JSON.stringify({ reason, ids, paths: ids.map(imagePaths) }),
      // A redirect is not followed, because the secret is for the configured address only.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    await answer.body?.cancel();
    if (!answer.ok) throw new Error(`The receiver of purges answered ${answer.status}.`);
    return ids.length;
  },
});
