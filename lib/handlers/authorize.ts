import type { APIGatewayRequestAuthorizerEventV2, APIGatewaySimpleAuthorizerWithContextResult } from 'aws-lambda';
import { bearerKey, findKey, mayHoldKey } from '../core/api-keys.ts';
import type { Right, StoredKey } from '../core/grants.ts';

/** Resolves to the keys that are valid now, as hashes. */
type ValidKeys = () => Promise<readonly StoredKey[]>;

/** What the authorizer finds out about a request, for the API to act on. */
export type AuthorizerContext = {
  readonly key: 'known' | 'unknown';
  /** What the key allows; everything when left out. */
  readonly rights?: readonly Right[];
  readonly collections?: readonly string[];
};

/**
 * Tells the API whether a request carries a valid key. The API refuses the others itself, because the gateway's own
 * refusal is a bare 403 and the contract promises a 401 that says what is wrong. The gateway refuses only what cannot
 * be a key at all.
 */
export const authorizeHandler =
  (keys: ValidKeys) =>
  async ({
    headers,
  }: APIGatewayRequestAuthorizerEventV2): Promise<APIGatewaySimpleAuthorizerWithContextResult<AuthorizerContext>> => {
    // Here the gateway's bare 403 is enough, and the function of the API is not started for it.
    if (!mayHoldKey(headers?.authorization)) return { isAuthorized: false, context: { key: 'unknown' } };
    const key = bearerKey(headers?.authorization);
    const found = key === undefined ? undefined : findKey(await keys(), key);
    if (!found) return { isAuthorized: true, context: { key: 'unknown' } };
    const { rights, collections } = found.grant ?? {};
    return {
      isAuthorized: true,
      context: { key: 'known', ...(rights && { rights }), ...(collections && { collections }) },
    };
  };
