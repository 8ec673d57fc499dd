import type { JobAnswer } from '../contract/answers.ts';
import type { JobRequest } from '../contract/requests.ts';
import { doing, make, part } from './dom.ts';
import { complain, complainOf, presetSelect, service } from './session.ts';
import { inBytes, inNumbers, inSeconds, plural } from './words.ts';

const statusOf: Readonly<Record<string, string>> = {
  running: 'Under way',
  paused: 'Paused',
  done: 'Done',
  cancelled: 'Cancelled',
};

/** Jobs, newest first. What a person is about to press must not be replaced under the pointer, so cards stay and change. */
const cards = new Map<string, { readonly card: HTMLElement; state: string }>();

export const showJobs = async (): Promise<void> => {
  const list = part('jobs-list');
  try {
    const { items } = await service.listJobs({ limit: 25 });
    complain(undefined);
    part('jobs-empty').hidden = items.length > 0;
    for (const [at, job] of items.entries()) {
      const state = JSON.stringify(job);
      const known = cards.get(job.id);
      if (known?.state === state) continue;
      const card = cardOf(job);
      if (known) replace(known.card, card);
      else list.insertBefore(card, list.children[at] ?? null);
      cards.set(job.id, { card, state });
    }
  } catch (error) {
    complainOf(error, 'Jobs cannot be listed. ');
  }
};

/** What was unfolded stays open, and the focus stays on the same control. */
const replace = (before: HTMLElement, card: HTMLElement): void => {
  const focused = before.contains(document.activeElement) ? document.activeElement : null;
  const unfolded = card.querySelector('details');
  if (unfolded) unfolded.open = before.querySelector('details')?.open ?? false;
  before.replaceWith(card);
  if (!focused) return;
  const same = [...card.querySelectorAll<HTMLElement>('button, summary, a')].find(
    ({ localName, textContent }) => localName === focused.localName && textContent === focused.textContent,
  );
  (same ?? card.querySelector('button'))?.focus();
};

const cardOf = (job: JobAnswer): HTMLElement => {
  const { id, status, dryRun, preset, total, done, failed, skipped, createdAt, estimate, failures, pausedBecause } =
    job;
  const said = make('p', { role: 'status' });
  const act = (name: string, work: (id: string) => Promise<unknown>, className = '') =>
    doing(
      name,
      async () => {
        await work(id);
        await showJobs();
      },
      { said, className, ariaLabel: `${name} the job of ${new Date(createdAt).toLocaleString()}` },
    );
  const ended = done + failed + skipped;
  const isOpen = status === 'running' || status === 'paused';
  const progress = make('progress', { max: total ?? 1, ariaLabel: 'Progress' });
  if (total !== null) progress.value = ended;
  const counts = [
    total === null
      ? `${inNumbers(ended)} so far, the pictures are still counted`
      : `${inNumbers(ended)} of ${inNumbers(total)}`,
    ...(failed > 0 ? [`${inNumbers(failed)} failed`] : []),
    ...(skipped > 0 ? [`${inNumbers(skipped)} skipped`] : []),
  ];
  const buttons = [
    ...(status === 'running' ? [act('Pause', (one) => service.pauseJob(one))] : []),
    ...(status === 'paused' ? [act('Resume', (one) => service.resumeJob(one), 'main')] : []),
    ...(isOpen ? [act('Cancel', (one) => service.cancelJob(one), 'danger')] : []),
  ];
  const why = failures.map((one) =>
    make('li', {}, make('a', { href: `#picture/${one.id}`, textContent: one.id }), ` ${one.message}`),
  );
  return make(
    'li',
    { className: `card job ${status}` },
    make('h3', { textContent: `${dryRun ? 'Prediction' : 'Reprocess'}${preset === null ? '' : ` as ${preset}`}` }),
    make('p', {
      className: 'hint',
      textContent: `${pausedBecause === 'budget-used' ? 'Paused, its budget is used up' : (statusOf[status] ?? status)}, started ${new Date(createdAt).toLocaleString()}`,
    }),
    progress,
    make('p', { textContent: counts.join(', ') }),
    ...(estimate ? [make('p', { className: 'estimate', textContent: estimateWords(estimate) })] : []),
    ...(why.length > 0
      ? [make('details', {}, make('summary', { textContent: 'Why pictures failed' }), make('ul', {}, ...why))]
      : []),
    make('p', { className: 'buttons' }, ...buttons),
    said,
  );
};

const estimateWords = ({
  images,
  files,
  bytes,
  seconds,
  dollars,
  sampled,
}: NonNullable<JobAnswer['estimate']>): string => {
  const cost = dollars === null ? '' : `, $${dollars.toFixed(2)} by list prices`;
  return `${plural(images, 'picture')} would make ${plural(files, 'file')} of ${inBytes(bytes)} in ${inSeconds(seconds)} of one renderer${cost} (by ${plural(sampled, 'sample')}).`;
};

/** The form that starts a job, or predicts what it would take. */
export const startJobForm = (): void => {
  const form = part<HTMLFormElement>('job-form');
  const preset = presetSelect('Preset of each picture');
  part('job-preset').replaceWith(preset);
  const said = part('job-said');
  let isStarting = false;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    // Sent again before the answer, it would be a second job.
    if (isStarting) return;
    isStarting = true;
    const collection = part<HTMLInputElement>('job-collection').value.trim();
    const dryRun = (event.submitter as HTMLButtonElement | null)?.value === 'predict';
    const request: JobRequest = {
      action: 'reprocess',
      dryRun,
      ...(collection === '' ? { stale: true } : { collection }),
      ...(preset.value !== '' && { preset: preset.value }),
    };
    said.className = '';
    said.textContent = 'Starting …';
    try {
      await service.startJob(request).finally(() => {
        isStarting = false;
      });
      said.textContent = dryRun ? 'A sample is rendered; nothing of it is kept.' : 'The job has begun.';
      void showJobs();
    } catch (error) {
      said.className = 'bad';
      said.textContent = (error as Error).message;
    }
  });
};
