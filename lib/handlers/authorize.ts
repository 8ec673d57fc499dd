import type { APIGatewayRequestAuthorizerEventV2, APIGatewaySimpleAuthorizerResult } from 'aws-lambda';
import { bearerKey, isKnownKey } from '../core/api-keys.ts';

type AuthorizeWorld = {
  /** The hashes of the keys that are valid now. */
  readonly keys: () => Promise<readonly string[]>;
};

/** Lets a request through to the API when it carries one of the keys. */
export const authorizeHandler =
  ({ keys }: AuthorizeWorld) =>
  async ({ headers }: APIGatewayRequestAuthorizerEventV2): Promise<APIGatewaySimpleAuthorizerResult> => {
    const key = bearerKey(headers?.authorization);
    return { isAuthorized: key !== undefined && isKnownKey(await keys(), key) };
  };
