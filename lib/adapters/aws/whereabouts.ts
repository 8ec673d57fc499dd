import { isNamed } from './is-named.ts';

/** The account and region for a command of the deploy; the default is the environment's, or the profile's. */
export type Whereabouts = { readonly profile?: string; readonly region?: string };

/**
 * Whether AWS, or the SDK itself, refuses this caller. A profile with `mfa_serial` is one reason: the CDK asks for the
 * code of the device, the SDK cannot ask for it.
 */
export const isOutOfReach = (error: unknown): boolean =>
  isNamed(error, 'AccessDeniedException', 'AccessDenied', 'CredentialsProviderError');
