import type { APIGatewayRequestAuthorizerEventV2, APIGatewaySimpleAuthorizerWithContextResult } from 'aws-lambda';
import { bearerKey, isKnownKey, mayHoldKey } from '../core/api-keys.ts';

type AuthorizeWorld = {
  /** The hashes of the keys that are valid now. */
  readonly keys: () => Promise<readonly string[]>;
};

/** What the authorizer finds out about a request, for the API to act on. */
export type Verdict = { readonly key: 'known' | 'unknown' };

/**
 * Tells the API whether a request carries a valid key. The API refuses the others itself, because the gateway's own
 * refusal is a bare 403 and the contract promises a 401 that says what is wrong. Only what cannot be a key at all is
 * left to the gateway.
 */
export const authorizeHandler =
  ({ keys }: AuthorizeWorld) =>
  async ({
    headers,
  }: APIGatewayRequestAuthorizerEventV2): Promise<APIGatewaySimpleAuthorizerWithContextResult<Verdict>> => {
    // Nothing is lost with the contract's answer here, and a second function is not started for it.
    if (!mayHoldKey(headers?.authorization)) return { isAuthorized: false, context: { key: 'unknown' } };
    const key = bearerKey(headers?.authorization);
    const known = key !== undefined && isKnownKey(await keys(), key);
    return { isAuthorized: true, context: { key: known ? 'known' : 'unknown' } };
  };
