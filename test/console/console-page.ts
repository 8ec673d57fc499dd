import { readFileSync } from 'node:fs';
import { Window } from 'happy-dom';
import type { ImageAnswer, JobAnswer } from '../../lib/contract/answers.ts';

type Reply = { readonly status?: number; readonly body: unknown };
export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly key: string | null;
  readonly body: never;
};

export type ConsolePage = {
  readonly window: Window;
  readonly document: Document;
  /** Every request, in order. */
  readonly asked: Asked[];
  /** What the service answers, by method and path without its query; a function gets the request. */
  readonly answers: Record<string, Reply | ((asked: Asked) => Reply | Promise<Reply>)>;
  /** Runs what waits for the clock, the soonest first: all that is due within so many milliseconds. */
  readonly pass: (ms: number) => Promise<void>;
  readonly element: <Kind extends HTMLElement = HTMLElement>(selector: string) => Kind;
  readonly text: (selector: string) => string;
  readonly texts: (selector: string) => readonly string[];
  readonly click: (selector: string, keys?: MouseEventInit) => Promise<void>;
  readonly visit: (hash: string) => Promise<void>;
};

/** Until every promise that is settled has been followed, as far as such chains go here. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve));
};

/** The page of the console in a browser without a screen (happy-dom), with a clock and a service of the test. */
export const openConsolePage = async (
  answers: ConsolePage['answers'],
  script: () => Promise<unknown>,
): Promise<ConsolePage> => {
  const window = new Window({ url: 'https://pictures.example/', width: 1000, height: 800 });
  const html = readFileSync(new URL('../../lib/web/index.html', import.meta.url), 'utf8');
  window.document.write(html.replaceAll(/<(script|link)\b.*?>/g, ''));
  const document = window.document as unknown as Document;
  const asked: Asked[] = [];
  const respond = async (input: string, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(input, 'https://pictures.example/');
    const headers = new Headers(init.headers);
    const one = {
      method: init.method ?? 'GET',
      path: url.pathname + url.search,
      key: headers.get('authorization'),
      body: (typeof init.body === 'string' ? JSON.parse(init.body) : undefined) as never,
    };
    asked.push(one);
    const found = answers[`${one.method} ${url.pathname}`];
    if (!found) return Response.json({ code: 'not-found', detail: 'There is nothing here.' }, { status: 404 });
    const { status = 200, body } = typeof found === 'function' ? await found(one) : found;
    return typeof body === 'string' ? new Response(body, { status }) : Response.json(body, { status });
  };

  // A browser tells no listener of an address that a script replaces; happy-dom does.
  let replaced: string | undefined;
  let isReplaced = false;
  window.addEventListener('hashchange', (event) => {
    if ((event as unknown as HashChangeEvent).newURL !== replaced) return;
    replaced = undefined;
    event.stopImmediatePropagation();
  });
  let now = 0;
  let turns = 0;
  const waiting = new Map<number, { readonly at: number; readonly act: () => unknown }>();
  const later = (act: () => unknown, ms = 0): number => {
    waiting.set(++turns, { at: now + ms, act });
    return turns;
  };
  const pass = async (ms: number): Promise<void> => {
    const until = now + ms;
    for (;;) {
      await settle();
      const due = [...waiting].filter(([, { at }]) => at <= until).sort(([, a], [, b]) => a.at - b.at);
      const [first] = due;
      if (!first) break;
      waiting.delete(first[0]);
      now = Math.max(now, first[1].at);
      first[1].act();
    }
    now = until;
  };
  class SeenAtOnce {
    readonly seen: () => void;
    constructor(seen: () => void) {
      this.seen = seen;
    }
    observe(): void {
      setImmediate(this.seen);
    }
  }
  const navigator = {
    onLine: true,
    clipboard: {
      writeText: async (text: string) => {
        navigator.copied = text;
      },
    },
    copied: '',
  };
  const globals = {
    document,
    navigator,
    location: window.location,
    history: {
      replaceState: (state: null, title: string, url: string) => {
        const { hash } = window.location;
        window.history.replaceState(state, title, url);
        if (window.location.hash === hash) return;
        replaced = window.location.href;
        isReplaced = true;
      },
    },
    sessionStorage: window.sessionStorage,
    addEventListener: window.addEventListener.bind(window),
    fetch: respond,
    setTimeout: later,
    clearTimeout: (turn: number | undefined) => void waiting.delete(turn ?? 0),
    requestAnimationFrame: (act: () => unknown) => later(act),
    ResizeObserver: SeenAtOnce,
    innerWidth: 1000,
    innerHeight: 800,
    scrollY: 0,
    devicePixelRatio: 2,
    scrollBy: () => undefined,
  };
  for (const [name, value] of Object.entries(globals))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  // Nothing is laid out here, so the list has the width of a window.
  Object.defineProperty(document.getElementById('gallery'), 'clientWidth', { value: 960 });
  Object.assign(document.querySelector('darkroom-upload') ?? {}, { retryAll: () => undefined });
  await script();
  await settle();

  /** Also until the page has been told that its address has changed. */
  const followed = async (act: () => void): Promise<void> => {
    const before = window.location.hash;
    const told = new Promise((resolve) => window.addEventListener('hashchange', resolve, { once: true }));
    isReplaced = false;
    act();
    await settle();
    if (isReplaced || window.location.hash === before) return;
    await told;
    await settle();
  };
  const element = <Kind extends HTMLElement = HTMLElement>(selector: string): Kind => {
    const found = document.querySelector<Kind>(selector);
    if (!found) throw new Error(`The page has no ${selector}.`);
    return found;
  };
  return {
    window,
    document,
    asked,
    answers,
    pass,
    element,
    text: (selector) => element(selector).textContent,
    texts: (selector) => [...document.querySelectorAll(selector)].map((one) => one.textContent),
    click: (selector, keys = {}) =>
      followed(() => {
        const event = new window.MouseEvent('click', { bubbles: true, cancelable: true, ...(keys as object) });
        element(selector).dispatchEvent(event as unknown as Event);
      }),
    visit: (hash) =>
      followed(() => {
        window.location.hash = hash;
      }),
  };
};

export const imageAnswer = (letter: string, more: Partial<ImageAnswer> = {}): ImageAnswer => ({
  id: letter.repeat(26),
  collection: null,
  filename: `${letter}.jpg`,
  createdAt: `2026-10-${String(letter.charCodeAt(0) - 96).padStart(2, '0')}T10:00:00.000Z`,
  updatedAt: '2026-11-22T10:00:03.000Z',
  version: 1,
  status: 'ready',
  progress: 1,
  attempts: 1,
  requestedAt: '2026-11-20T10:00:00.000Z',
  arrivedAt: '2026-11-20T10:00:01.000Z',
  startedAt: '2026-11-20T10:00:02.000Z',
  endedAttempts: [],
  error: null,
  tookMs: null,
  original: { contentType: 'image/jpeg', bytes: 2048, sha256: 'x', width: 1200, height: 800 },
  ready: readyAnswer(letter),
  ...more,
});

type ReadyAnswer = NonNullable<ImageAnswer['ready']>;

const fileAnswer = (letter: string, name: string, format: 'webp' | 'jpeg', width: number, height: number) => ({
  ...{ name, format, width, height, bytes: width * 10, quality: 80, score: 75.25, sha256: 'x' },
  storedAt: '2026-11-20T10:00:02.500Z',
  url: `https://pictures.example/images/${letter.repeat(26)}/v1/${name}.${format}`,
});

export const readyAnswer = (letter: string, more: Partial<ReadyAnswer> = {}): ReadyAnswer => ({
  version: 1,
  source: 1,
  requestedAt: '2026-11-20T10:00:00.000Z',
  arrivedAt: '2026-11-20T10:00:01.000Z',
  startedAt: '2026-11-20T10:00:02.000Z',
  endedAttempts: [],
  readyAt: '2026-11-20T10:00:03.000Z',
  spent: { wallMs: 900, cpuMs: 800, decodeMs: 100, resizeMs: 200, encodeMs: 300, scoreMs: 50, deliverMs: 20 },
  kind: 'photo',
  width: 1200,
  height: 800,
  recipe: 'r1',
  placeholder: { thumbhash: 'aaaa', color: '#808080' },
  variants: [
    fileAnswer(letter, 'large', 'webp', 900, 600),
    fileAnswer(letter, 'large', 'jpeg', 900, 600),
    fileAnswer(letter, 'medium', 'webp', 300, 200),
    fileAnswer(letter, 'tiny', 'webp', 150, 100),
    fileAnswer(letter, 'square', 'webp', 400, 400),
  ],
  crops: [{ name: 'square', left: 0.25, top: 0, width: 0.5, height: 1, focus: { x: 0.4, y: 0.6 } }],
  picture: {
    html: '<picture></picture>',
    sources: [{ type: 'image/webp', srcset: 'large.webp 900w' }],
    img: { src: 'https://pictures.example/large.jpeg', width: 1200, height: 800 },
  },
  manifest: `https://pictures.example/images/${letter.repeat(26)}/v1/manifest.json`,
  ...more,
});

export const jobAnswer = (letter: string, more: Partial<JobAnswer> = {}): JobAnswer => ({
  id: letter.repeat(26),
  action: 'reprocess',
  status: 'running',
  dryRun: false,
  preset: null,
  createdAt: '2026-11-22T10:00:00.000Z',
  updatedAt: '2026-11-22T10:00:00.000Z',
  total: 4,
  done: 1,
  failed: 0,
  skipped: 0,
  pausedBecause: null,
  budget: null,
  spent: { images: 1, dollars: null },
  failures: [],
  estimate: null,
  ...more,
});
