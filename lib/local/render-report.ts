import { type Format, variantFormats } from '../core/formats.ts';
import type { Deliver, Renderer } from '../ports.ts';
import type { TaskOutcome } from '../work/work.ts';

/** The reports of a renderer to the host about its tasks, for the metrics. */
export type RenderReport = {
  readonly ends: readonly TaskEnd[];
  readonly renders: readonly RenderCost[];
};
/** `code` says why a version failed, or what kind of trouble sent a task back. */
export type TaskEnd = { readonly result: TaskOutcome['end']; readonly code: string };
export type RenderCost = {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly bytes: Readonly<Record<Format, number>>;
};

export type Reporter = {
  /** The renderer, with every render measured, also one that fails. */
  readonly measured: (renderer: Renderer) => Renderer;
  readonly tally: (outcome: TaskOutcome) => void;
  /** What has happened since the last call. */
  readonly take: () => RenderReport;
};

export const renderReporter = (): Reporter => {
  let ends: TaskEnd[] = [];
  let renders: RenderCost[] = [];

  const measure: Renderer['render'] extends (...order: infer Order) => infer Rendering
    ? (render: (...order: Order) => Rendering, ...order: Order) => Rendering
    : never = async (render, original, order, deliver) => {
    const bytes = Object.fromEntries(variantFormats.map((format) => [format, 0])) as Record<Format, number>;
    const counted: Deliver = (variant, file, progress) => {
      bytes[variant.format] += file.length;
      return deliver(variant, file, progress);
    };
    const began = performance.now();
    const cpu = process.cpuUsage();
    try {
      return await render(original, order, counted);
    } finally {
      // One process renders one picture at a time, so all that it spends is spent on it.
      const { user, system } = process.cpuUsage(cpu);
      renders.push({ wallMs: performance.now() - began, cpuMs: (user + system) / 1000, bytes });
    }
  };

  return {
    measured: (renderer) => ({ ...renderer, render: (...order) => measure(renderer.render, ...order) }),
    tally: (outcome) => void ends.push({ result: outcome.end, code: codeOf(outcome) }),
    take: () => {
      const report = { ends, renders };
      [ends, renders] = [[], []];
      return report;
    },
  };
};

const codeOf = (outcome: TaskOutcome): string => {
  if (outcome.end === 'failed') return outcome.error.code;
  return outcome.end === 'again' || outcome.end === 'put-back' ? outcome.trouble : '';
};
