import { BadPicture } from '../core/errors.ts';
import { type Format, variantFormats } from '../core/formats.ts';
import type { Log } from '../ports.ts';
import type { Metrics } from './metrics.ts';
import {
  type Launch,
  type RenderAnswer,
  type RenderProcess,
  startRenderProcess,
  type Taker,
} from './render-process.ts';

export type LastingOptions = {
  readonly launch: Launch;
  /** A process that holds more memory than this after a render is replaced. */
  readonly maxResidentBytes: number;
  /** Counts what happens. */
  readonly watcher?: Pick<Metrics, 'rendered' | 'workerStarted'> | undefined;
};

/** A render process that is started again when it has ended. It renders one picture at a time. */
export const lastingRenderer = ({ launch, maxResidentBytes, watcher }: LastingOptions, log: Log): RenderProcess => {
  const processes = new Set<RenderProcess>();
  const start = (): RenderProcess => {
    const started: RenderProcess = startRenderProcess(launch, log, () => processes.delete(started));
    processes.add(started);
    watcher?.workerStarted();
    return started;
  };

  /** A codec cannot be interrupted: one that took too long may still run. */
  const isWornOut = ({ result, residentBytes }: RenderAnswer): boolean =>
    residentBytes > maxResidentBytes ||
    ('error' in result && result.error instanceof BadPicture && result.error.code === 'too-big');

  let current: RenderProcess | undefined;
  try {
    current = start();
  } catch (error) {
    log.warn('a renderer could not be started; the next picture tries again', { error });
  }
  return {
    render: async (original, order, { deliver, takeOver }, terms) => {
      if (!current?.isAlive()) current = start();
      const bytes = Object.fromEntries(variantFormats.map((format) => [format, 0])) as Record<Format, number>;
      const copied = { files: 0, bytes: 0 };
      const counted: Taker = {
        deliver: (variant, file, progress) => {
          bytes[variant.format] += file.length;
          return deliver(variant, file, progress);
        },
        takeOver: async (variant, progress) => {
          const isTaken = await takeOver(variant, progress);
          if (isTaken) copied.files++;
          if (isTaken) copied.bytes += variant.bytes;
          return isTaken;
        },
      };
      const answer = await current.render(original, order, counted, terms);
      watcher?.rendered({ wallMs: answer.wallMs, cpuMs: answer.cpuMs, bytes, copied });
      if (isWornOut(answer)) current.close();
      return answer;
    },
    isAlive: () => processes.size > 0,
    close: () => current?.close(),
    kill: () => {
      for (const one of processes) one.kill();
    },
  };
};
