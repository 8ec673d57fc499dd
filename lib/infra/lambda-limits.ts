import { Duration } from 'aws-cdk-lib';
import type { Config } from '../core/config.ts';

export const renderTimeoutFor = ({ limits }: Config): Duration => {
  const most = lambdaSeconds - overheadSeconds;
  if (limits.renderSeconds > most)
    throw new Error(`limits.renderSeconds is ${limits.renderSeconds}; on Lambda a render may take ${most} at most.`);
  return Duration.seconds(limits.renderSeconds + overheadSeconds);
};

/** A signed URL ends with the credentials that signed it. */
export const checkLifetimes = (config: Config): void => {
  for (const name of ['ticketSeconds', 'downloadSeconds'] as const)
    if (config[name] > signedSeconds)
      throw new Error(
        `${name} is ${config[name]}; what Lambda signs may outlive its credentials, so it is ${signedSeconds} at most on AWS.`,
      );
};

/** Lambda renews the credentials of a function early; they never have less than this left. */
const signedSeconds = 3600;

/** The longest time that Lambda allows. */
const lambdaSeconds = 900;

/** Time for the rest: reading the original, storing the variants, a cold start. */
const overheadSeconds = 30;

/**
 * A still picture is shrunk while it is decoded: 100 megapixels took 246 MB as JPEG and 305 MB as PNG. The frames of an
 * animation are held whole, once as decoded and at most once more as variants, at four bytes a pixel: 150 million pixels
 * took up to 1371 MiB (`npm run bench -- --memory`). Below 1792 MiB there would be less than one processor to encode with.
 */
export const renderMemoryMibFor = ({ limits }: Config): number => {
  const animationMib = (8 * limits.maxAnimationPixels) / 1024 ** 2;
  return Math.min(10_240, Math.max(1792, Math.ceil((512 + animationMib) / 64) * 64));
};
