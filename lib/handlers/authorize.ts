import type { APIGatewayRequestAuthorizerEventV2, APIGatewaySimpleAuthorizerWithContextResult } from 'aws-lambda';
import { bearerKey, isKnownKey } from '../core/api-keys.ts';

type AuthorizeWorld = {
  /** The hashes of the keys that are valid now. */
  readonly keys: () => Promise<readonly string[]>;
};

/** What the authorizer finds out about a request, for the API to act on. */
export type Verdict = { readonly key: 'known' | 'unknown' };

/**
 * Tells the API whether a request carries one of the keys. It is the API that turns away who has none: a gateway's own
 * refusal is a bare 403, and the contract promises a 401 that says what is wrong.
 */
export const authorizeHandler =
  ({ keys }: AuthorizeWorld) =>
  async ({
    headers,
  }: APIGatewayRequestAuthorizerEventV2): Promise<APIGatewaySimpleAuthorizerWithContextResult<Verdict>> => {
    const key = bearerKey(headers?.authorization);
    const known = key !== undefined && isKnownKey(await keys(), key);
    return { isAuthorized: true, context: { key: known ? 'known' : 'unknown' } };
  };
