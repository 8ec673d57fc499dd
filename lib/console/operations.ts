import type { Health, ImageAnswer } from '../contract/answers.ts';
import { chart, type Share, shares } from './chart.ts';
import { doing, make, part } from './dom.ts';
import { parseMetrics, quantileBetween, type Sample, sumOf } from './prometheus.ts';
import { complainOf, readMetrics, service } from './session.ts';
import { inBytes, inNumbers, inSeconds, plural, statusWords } from './words.ts';

type Look = { readonly at: number; readonly samples: readonly Sample[] };

/** Twenty minutes of looks, one every five seconds. */
const maxLooks = 240;
/** Rates are taken over about a minute: over five seconds they would only jump. */
const window = 12;
const looks: Look[] = [];

/** What the machine failed may be tried again; every other code blames the file. docs/errors.md */
const machineCodes: readonly string[] = ['gave-up'];
/** So many of the newest failures are looked at. */
const maxFailures = 500;

export const showOperations = async (): Promise<void> => {
  const [health, metrics] = await Promise.all([
    service.health().catch((error: Error) => error),
    readMetrics().catch((error: Error) => ({ trouble: error.message, text: undefined })),
  ]);
  part('health').replaceChildren(healthCard(health));
  if (metrics.text === undefined) {
    part('figures').replaceChildren(make('p', { className: 'hint', textContent: metrics.trouble ?? '' }));
    return;
  }
  looks.push({ at: Date.now(), samples: parseMetrics(metrics.text) });
  if (looks.length > maxLooks) looks.shift();
  part('figures').replaceChildren(...figures());
};

const healthWords = {
  ok: 'All is well',
  degraded: 'Pictures are taken, but something needs attention',
  unavailable: 'Uploads are refused',
} as const;

const healthCard = (health: Health | Error): HTMLElement => {
  if (health instanceof Error)
    return make(
      'article',
      { className: 'card health unavailable' },
      make('h3', { textContent: 'Health' }),
      make('p', { className: 'figure', textContent: health.message }),
    );
  const checks = health.checks.map(({ name, ok, detail }) =>
    make(
      'li',
      { className: ok ? 'ok' : 'not' },
      make('b', { textContent: `${name}${ok ? '' : ': not ok'}` }),
      ...(detail ? [make('span', { textContent: detail })] : []),
    ),
  );
  return make(
    'article',
    { className: `card health ${health.status}` },
    make('h3', { textContent: `Health of version ${health.version}` }),
    make('p', { className: 'figure', textContent: healthWords[health.status] }),
    make('ul', {}, ...checks),
  );
};

const figures = (): readonly HTMLElement[] => {
  const now = looks.at(-1)?.samples ?? [];
  const over = (value: (look: Look, before: Look) => number): readonly number[] =>
    looks.map((look, at) => value(look, looks[Math.max(0, at - window)] ?? look));
  const finished = (samples: readonly Sample[]) => sumOf(samples, 'jobs_total', { result: 'ready' });
  const perMinute = over((look, before) =>
    look === before
      ? Number.NaN
      : ((finished(look.samples) - finished(before.samples)) / (look.at - before.at)) * 60_000,
  );
  const quantile = (name: string, share: number) =>
    over(({ samples }, before) => quantileBetween(before.samples, samples, name, share));
  const depth = over(({ samples }) => sumOf(samples, 'queue_depth'));
  const [half, most] = [quantile('render_seconds', 0.5), quantile('render_seconds', 0.95)];
  const answers = quantile('http_request_seconds', 0.95);
  const last = (values: readonly number[]) => values.at(-1) ?? Number.NaN;
  const [alive, wanted] = [sumOf(now, 'workers_alive'), sumOf(now, 'workers_wanted')];
  const [free, kept] = [sumOf(now, 'disk_free_bytes'), sumOf(now, 'disk_kept_free_bytes')];
  const rate = last(perMinute);
  const oldest = sumOf(now, 'queue_oldest_seconds');
  // Nothing was rendered in the last minute: what all renders since the start took.
  const sinceStart = quantileBetween([], now, 'render_seconds', 0.5);
  const usual = Number.isFinite(last(half)) ? last(half) : sinceStart;
  return [
    chart(
      'Throughput',
      Number.isFinite(rate) ? `${inNumbers(rate)} a minute` : `${inNumbers(finished(now))} since the start`,
      [{ name: 'Pictures a minute', values: perMinute }],
      `Pictures made a minute: ${Number.isFinite(rate) ? inNumbers(rate) : 'not known yet'}`,
    ),
    chart(
      'Queue',
      depth.at(-1) === 0 ? 'Empty' : `${plural(last(depth), 'task')}, oldest ${inSeconds(oldest)}`,
      [{ name: 'Tasks', values: depth }],
      `Tasks that wait: ${inNumbers(last(depth))}`,
    ),
    chart(
      'Render time',
      Number.isFinite(usual) ? `${inSeconds(usual)} in the middle` : 'No render yet',
      [
        { name: 'median', values: half },
        { name: '95 of 100', values: most },
      ],
      `Time of a render: median ${inSeconds(usual)}`,
    ),
    chart(
      'Answers',
      Number.isFinite(last(answers)) ? `95 of 100 within ${inSeconds(last(answers))}` : 'No request in the last minute',
      [{ name: '95 of 100', values: answers }],
      `95 of 100 requests end within ${inSeconds(last(answers))}`,
    ),
    shares('Pictures', inNumbers(sumOf(now, 'images')), statusShares(now)),
    shares('Storage', inBytes(sumOf(now, 'storage_bytes')), storageShares(now)),
    shares('Disk', `${inBytes(free)} free`, [
      { name: 'Kept free', amount: Math.min(free, kept), words: inBytes(kept) },
      { name: 'Free for pictures', amount: Math.max(0, free - kept), words: inBytes(Math.max(0, free - kept)) },
    ]),
    shares('Workers', `${alive} of ${wanted} run`, [
      { name: 'Run', amount: alive, words: inNumbers(alive) },
      {
        name: 'Started with the next picture',
        amount: Math.max(0, wanted - alive),
        words: inNumbers(Math.max(0, wanted - alive)),
      },
    ]),
    costCard(now),
  ];
};

const statusShares = (now: readonly Sample[]): readonly Share[] =>
  Object.entries(statusWords)
    .map(([status, name]) => ({ name, amount: sumOf(now, 'images', { status }) }))
    .filter(({ amount }) => amount > 0)
    .map((one) => ({ ...one, words: inNumbers(one.amount) }));

const storageShares = (now: readonly Sample[]): readonly Share[] =>
  now
    .filter(({ name }) => name === 'storage_bytes')
    .map(({ labels, value }) => ({
      name: labels.kind === 'originals' ? 'Originals' : 'Variants',
      amount: value,
      words: inBytes(value),
    }));

/** On your own machine the cost is its time and its disk; dollars come with the prediction of a job where they are known. */
const costCard = (now: readonly Sample[]): HTMLElement => {
  const [cpu, renders] = [sumOf(now, 'render_cpu_seconds_sum'), sumOf(now, 'render_cpu_seconds_count')];
  const [pictures, bytes] = [sumOf(now, 'images', { status: 'ready' }), sumOf(now, 'storage_bytes')];
  const lines = [
    renders > 0
      ? `${inSeconds(cpu / renders)} of processor time a picture, since the start`
      : 'No render since the start',
    pictures > 0 ? `${inBytes(bytes / pictures)} of disk a picture, original included` : 'No picture is stored',
    ...(pictures > 0 && renders > 0
      ? [
          `1,000 more take about ${inSeconds((1000 * cpu) / renders)} of processor time and ${inBytes((1000 * bytes) / pictures)}`,
        ]
      : []),
  ];
  return make(
    'article',
    { className: 'card' },
    make('h3', { textContent: 'Cost' }),
    make('p', { className: 'figure', textContent: renders > 0 ? `${inSeconds(cpu / renders)} a picture` : '–' }),
    make('ul', { className: 'plain' }, ...lines.map((textContent) => make('li', { textContent }))),
    make('a', { href: '#jobs', textContent: 'Predict a job' }),
  );
};

/** Failures by their code, newest first, with what can be done about them. */
export const showFailures = async (): Promise<void> => {
  const place = part('failures');
  try {
    const failed: ImageAnswer[] = [];
    let isMore = false;
    for await (const image of service.images({ status: 'failed', limit: 100 })) {
      if (failed.length === maxFailures) {
        isMore = true;
        break;
      }
      failed.push(image);
    }
    place.replaceChildren(...failureCards(failed, isMore));
  } catch (error) {
    complainOf(error, 'Failures cannot be listed. ');
  }
};

const failureCards = (failed: readonly ImageAnswer[], isMore: boolean): readonly HTMLElement[] => {
  if (failed.length === 0) return [make('p', { className: 'hint', textContent: 'No picture has failed.' })];
  const groups = Map.groupBy(failed, ({ error }) => error?.code ?? 'unknown');
  const cards = [...groups].map(([code, images]) => {
    const said = make('p', { role: 'status' });
    const reasons = [...Map.groupBy(images, ({ error }) => error?.message ?? '')]
      .sort(([, a], [, b]) => b.length - a.length)
      .slice(0, 3);
    const lines = reasons.map(([reason, all]) =>
      make('li', { textContent: reasons.length > 1 ? `${reason} (${all.length})` : reason }),
    );
    const retry = doing(
      `Retry ${plural(images.length, 'picture')}`,
      async () => {
        await service.startJob({ action: 'reprocess', ids: images.map(({ id }) => id) });
        said.textContent = 'They are made again. See Jobs.';
      },
      { said, className: 'main' },
    );
    const isOurs = machineCodes.includes(code);
    const what = isOurs
      ? retry
      : make('p', { className: 'hint', textContent: 'The file is to blame: another attempt would end the same way.' });
    return make(
      'article',
      { className: 'card failure' },
      make('h3', { textContent: code }),
      make('p', { className: 'figure', textContent: inNumbers(images.length) }),
      make('ul', { className: 'plain' }, ...lines),
      what,
      said,
    );
  });
  const rest = isMore
    ? [make('p', { className: 'hint', textContent: `The newest ${maxFailures} failures are counted.` })]
    : [];
  return [...cards, ...rest];
};
