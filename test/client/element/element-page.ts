import { Window } from 'happy-dom';
import type { DarkroomUpload, Upload } from '../../../lib/client/element/darkroom-upload.ts';
import { imageAnswer, readyAnswer } from '../../console/console-page.ts';

type Reply = { readonly status?: number; readonly body?: unknown };
export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly key: string | null;
  readonly body: unknown;
};

/** What the element says to the form around it. */
type Internals = { value: readonly string[] | undefined; flags: Readonly<Record<string, boolean>>; message: string };

const globals = [
  ...['document', 'HTMLElement', 'ShadowRoot', 'CSSStyleSheet', 'customElements', 'CustomEvent', 'location'],
  'sessionStorage',
] as const;

/** A page with the uploader, in a browser without a screen (happy-dom) and with a service of the test. */
export const openElementPage = async () => {
  const window = new Window({ url: 'https://shop.example/add' });
  const known = window as unknown as Record<string, unknown>;
  const document = window.document as unknown as Document;
  const said = new WeakMap<object, Internals>();
  // happy-dom has no element internals.
  Object.assign(window.HTMLElement.prototype, {
    attachInternals(this: object) {
      const internals: Internals = { value: undefined, flags: {}, message: '' };
      said.set(this, internals);
      return {
        form: null,
        setFormValue: (data: FormData | null) => {
          internals.value = data === null ? undefined : [...data].map(([name, value]) => `${name}=${value}`);
        },
        setValidity: (flags: Internals['flags'], message = '') => Object.assign(internals, { flags, message }),
        checkValidity: () => Object.keys(internals.flags).length === 0,
        reportValidity: () => Object.keys(internals.flags).length === 0,
      };
    },
  });

  const asked: Asked[] = [];
  const answers: Record<string, Reply | ((asked: Asked) => Reply | Promise<Reply>)> = {};
  const respond = async (input: string, init: RequestInit = {}): Promise<Response> => {
    const { pathname, search } = new URL(input);
    const one = {
      method: init.method ?? 'GET',
      path: pathname + search,
      key: new Headers(init.headers).get('authorization'),
      body: typeof init.body === 'string' ? JSON.parse(init.body) : init.body,
    };
    asked.push(one);
    const found = answers[`${one.method} ${pathname}`];
    const { status = 200, body } = typeof found === 'function' ? await found(one) : (found ?? { status: 404 });
    init.signal?.throwIfAborted();
    const problem = { code: 'not-found', detail: 'There is nothing here.', status };
    return Response.json(body ?? (status < 400 ? {} : problem), { status });
  };
  const set = (name: string, value: unknown) =>
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  for (const name of globals) set(name, known[name]);
  set('navigator', { onLine: true });
  set('addEventListener', window.addEventListener.bind(window));
  set('fetch', respond);
  const element = await import('../../../lib/client/element/darkroom-upload.ts');

  const service = 'https://pictures.example';
  let serial = 0;
  /** The answers of a service that takes everything, and has made a picture of it by the next question. */
  const usual = () => {
    for (const name of Object.keys(answers)) delete answers[name];
    answers['GET /v1/openapi.json'] = { body: { 'x-limits': { maxBytes: 50_000 } } };
    answers['POST /v1/images'] = () => ({ status: 201, body: ticket(letters.charAt(serial++ % letters.length)) });
    answers['PUT /put'] = {};
    for (const letter of letters) answers[lookAt(letter)] = { body: imageAnswer(letter) };
  };
  usual();

  return {
    ...element,
    window,
    document,
    asked,
    answers,
    service,
    usual: () => {
      serial = 0;
      asked.length = 0;
      document.body.replaceChildren();
      window.sessionStorage.clear();
      usual();
    },
    /** An element on the page, with these attributes. */
    put: (
      attributes: Readonly<Record<string, string>> = {},
      before: (made: DarkroomUpload) => void = () => undefined,
    ) => {
      const made = document.createElement('darkroom-upload') as DarkroomUpload;
      for (const [name, value] of Object.entries({ service, ...attributes })) made.setAttribute(name, value);
      before(made);
      document.body.append(made);
      const root = made.shadowRoot as ShadowRoot;
      const all = <Kind extends HTMLElement = HTMLElement>(selector: string) => [
        ...root.querySelectorAll<Kind>(selector),
      ];
      return {
        made,
        all,
        one: <Kind extends HTMLElement = HTMLElement>(selector: string): Kind => {
          const [found] = all<Kind>(selector);
          if (!found) throw new Error(`The element has no ${selector}.`);
          return found;
        },
        internals: () => said.get(made) as Internals,
        stages: () => made.uploads.map(({ stage }: Upload) => stage.at),
        statuses: () => all('li .status').map(({ textContent }) => textContent),
      };
    },
    /** As a browser tells of it. */
    tell: (type: string, on: EventTarget, facts: object = {}) => {
      const event = new window.Event(type, { bubbles: true, cancelable: true, composed: true });
      on.dispatchEvent(Object.assign(event, facts) as unknown as Event);
      return event;
    },
  };
};
export type ElementPage = Awaited<ReturnType<typeof openElementPage>>;

const letters = 'abcdefghij';
/** What the holder of a watch token asks for. */
export const lookAt = (letter: string): string => `GET /v1/uploads/${letter.repeat(26)}`;

export const ticket = (letter: string) => ({
  id: letter.repeat(26),
  version: 1,
  status: 'pending',
  upload: { method: 'PUT', url: 'https://store.example/put', headers: {}, expiresAt: '2026-11-22T11:00:00.000Z' },
  watch: { token: `watch-${letter}`, expiresAt: '2026-11-23T11:00:00.000Z' },
  links: { self: '' },
});
export { imageAnswer, readyAnswer };
