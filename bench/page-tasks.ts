import type { Browser, Page } from 'playwright-core';

/** The tasks of a page's main thread while something happens: by the clock, and by the processor that each took. */
export type PageTasks = {
  /** Tasks over 50 ms, as the page itself counts them. Other programs on the machine lengthen them. */
  readonly longMs: readonly number[];
  /** Of every task, what it took of the processor; other programs do not count. */
  readonly processorMs: readonly number[];
};

type TraceEvent = {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly args: { readonly name?: string };
  /** Of the processor, in microseconds. */
  readonly tdur?: number;
};

export const tasksOfPage = async (browser: Browser, page: Page, work: () => Promise<unknown>): Promise<PageTasks> => {
  await page.evaluate(
    `globalThis.longTasks = [];
     new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) longTasks.push(duration); }).observe({ type: 'longtask' });`,
  );
  await browser.startTracing(page, { categories: ['toplevel'] });
  await work();
  const longMs = await page.evaluate<number[]>('longTasks');
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: readonly TraceEvent[];
  };
  return { longMs, processorMs: processorTimes(traceEvents) };
};

const processorTimes = (events: readonly TraceEvent[]): readonly number[] => {
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const pages = events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain');
  const threads = new Set(pages.map(threadOf));
  return events
    .filter((event) => event.ph === 'X' && event.name.endsWith('RunTask') && threads.has(threadOf(event)))
    .map(({ tdur = 0 }) => tdur / 1000);
};

/** Two lines for people. */
export const tasksInWords = ({ longMs, processorMs }: PageTasks): string => {
  const worst = (all: readonly number[]) => all.reduce((most, one) => Math.max(most, one), 0).toFixed(0);
  const over = (all: readonly number[], limit: number) => all.filter((ms) => ms > limit).length;
  return [
    `longest task, clock:      ${longMs.length === 0 ? 'under 50' : worst(longMs)} ms (${longMs.length} over 50 ms, ${over(longMs, 100)} over 100 ms)`,
    `longest task, processor:  ${worst(processorMs)} ms (${over(processorMs, 50)} over 50 ms, ${over(processorMs, 100)} over 100 ms)`,
  ].join('\n');
};
