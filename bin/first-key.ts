import { randomBytes } from 'node:crypto';
import { hashOfKey } from '../lib/core/api-keys.ts';

/**
 * What a deploy says of API keys. A key is offered only if none is valid, because installing it revokes all others, and
 * never in a log that has other readers.
 */
export const wordsOnKeys = (
  areThere: boolean | undefined,
  {
    secret,
    whereabouts,
    isLogged,
  }: { readonly secret: string; readonly whereabouts: string; readonly isLogged: boolean },
): string => {
  if (areThere) return '\nThe API keys are as they were.\n';
  if (isLogged)
    return `
${areThere === false ? 'No API key is valid yet.' : 'Whether any API key is valid could not be looked up.'} This log may have other readers, so it shows no key. After a first
deploy run npm run deploy on a machine of your own: it changes nothing, and prints one.
`;
  const key = randomBytes(24).toString('base64url');
  const install = `
  export DARKROOM_API_KEY=${key}
  aws secretsmanager put-secret-value${whereabouts} --secret-id ${secret} --secret-string '["${hashOfKey(key)}"]'
`;
  if (areThere === false)
    return `
No API key is valid yet. This is a fresh one, shown once; the command makes it valid (for several, list the hashes of all
of them):
${install}`;
  return `
Whether any API key is valid could not be looked up. After a first deploy none is: this is a fresh one, and the command
makes it the only one that is. After any other deploy DO NOT run it: it would revoke the keys that are in use.
${install}`;
};
