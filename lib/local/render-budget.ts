import { totalmem } from 'node:os';

const mebibyte = 1024 * 1024;
/** At the default limits hardly any picture needs more. */
const mostMb = 2048;
/** Enough for a JPEG of 12 megapixels. */
const leastMb = 256;
/** For the service itself. */
const serviceMb = 170;

/** Of the machine, or of the container that we run in. */
export const machineBytes = (): number => Math.min(totalmem(), process.constrainedMemory() || totalmem());

/** What each renderer may need for one picture, so that all of them together fit in the memory beside the service. */
export const renderBudgetMb = (workers: number, bytes = machineBytes()): number =>
  Math.min(mostMb, Math.max(leastMb, Math.floor((bytes / mebibyte - serviceMb) / workers)));
