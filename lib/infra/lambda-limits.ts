import { Duration } from 'aws-cdk-lib';
import type { Config } from '../core/config.ts';

export const renderTimeoutFor = ({ limits }: Config): Duration => {
  const most = lambdaSeconds - overheadSeconds;
  if (limits.renderSeconds > most)
    throw new Error(`limits.renderSeconds is ${limits.renderSeconds}; on Lambda a render may take ${most} at most.`);
  return Duration.seconds(limits.renderSeconds + overheadSeconds);
};

/** What a function signs is worth nothing as soon as the credentials end that it was signed with. */
export const checkLifetimes = (config: Config): void => {
  for (const name of ['ticketSeconds', 'downloadSeconds'] as const)
    if (config[name] > signedSeconds)
      throw new Error(
        `${name} is ${config[name]}; what Lambda signs may outlive its credentials, so it is ${signedSeconds} at most on AWS.`,
      );
};

/** Credentials of a function are renewed some time before they end; none that it uses has less than this left. */
const signedSeconds = 3600;

/** Longer runs no function. */
const lambdaSeconds = 900;

/** Beside the render itself: reading the original, storing the variants, and starting cold. */
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
