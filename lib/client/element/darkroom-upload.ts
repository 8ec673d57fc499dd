import type { Ticket } from '../../contract/answers.ts';
import type { UploadRequest } from '../../contract/requests.ts';
import { darkroom, put, type ReadyImage } from '../darkroom.ts';
import type { DarkroomError } from '../error.ts';
import type { Inspected } from '../inspect.ts';
import { ticketFrom } from '../ticket.ts';
import { admit, admitSize, type FileLimits, NotAdmitted, usualLimits } from './admit.ts';
import { isUnreadable, listen, visible } from './intake.ts';
import { tabMemory, takeName } from './memory.ts';
import { browserNetwork } from './network.ts';
import { takeSetBefore } from './set-before.ts';
import { shrinkableTypes } from './shrink.ts';
import { english, languageOf, languages, type Strings, say } from './strings.ts';
import { isUnderWay, type Prepared, type Upload, type Uploads, uploads, wouldBeLost } from './uploads.ts';
import { view } from './view.ts';
import { workshop } from './workshop.ts';

export { DarkroomError, darkroom, put, untilReady } from '../darkroom.ts';
export { english, german, type Strings } from './strings.ts';
export type { Stage, Upload } from './uploads.ts';

/** Asks your own server for a ticket: `POST /v1/images` with a key that no page sees. */
export type AskTicket = (file: File, request: UploadRequest) => Promise<Ticket>;

/** The `detail` of each event. All of them bubble and leave shadow trees. */
export type UploadEvents = {
  'darkroom-added': { readonly uploads: readonly Upload[] };
  'darkroom-progress': { readonly upload: Upload };
  'darkroom-ready': { readonly upload: Upload; readonly image: ReadyImage };
  'darkroom-failed': { readonly upload: Upload; readonly error: DarkroomError };
  'darkroom-removed': { readonly upload: Upload };
  /** Nothing is under way any more. */
  'darkroom-finished': { readonly uploads: readonly Upload[] };
};

/** Of the elements on this page. */
const memoryNames = new Set<string>();

/** The service that the script came from. */
const ownService = new URL('.', import.meta.url).href.replace(/\/$/, '');

export class DarkroomUpload extends HTMLElement {
  static readonly formAssociated = true;
  static readonly observedAttributes = ['disabled', 'required', 'lang', 'single', 'service'];

  // Before the fields that it would be lost to.
  readonly #setBefore = takeSetBefore(this, ['key', 'ticket', 'strings']);
  /** An API key, or where to look for it. Only for pages that people of yours alone see; others give `ticket`. */
  key: string | undefined | (() => string | undefined);
  ticket: AskTicket | undefined;
  readonly #internals = this.attachInternals();
  readonly #view: ReturnType<typeof view>;
  readonly #uploads: Uploads;
  readonly #workshop = workshop(new URL('element-worker.js', import.meta.url).href);
  #strings: Partial<Strings> = {};
  #limits: FileLimits = usualLimits;
  #limitsKnown: Promise<void> | undefined;
  #ended = new AbortController();
  #memoryName: string | undefined;
  #isDisabledByForm = false;

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open', delegatesFocus: true });
    this.#uploads = uploads({
      parallel: () => this.#number('max-parallel', 3),
      admit: (file, signal) => this.#admit(file, signal),
      ticket: (file, { request }, idempotencyKey, signal) => {
        const { ticket } = this;
        return ticket
          ? ticketFrom(async () => ticket.call(this, file, request))
          : this.#service().requestUpload(request, { idempotencyKey, signal });
      },
      put: (ticket, body, options) => this.#reading(body, put(ticket, body, options)),
      untilReady: ({ id, version, token }, { signal, onProgress }) =>
        this.#service(token).untilReady(id, version, { signal, onProgress: ({ done }) => onProgress(done) }),
      network: browserNetwork,
      memory: { read: () => this.#memory()?.read() ?? [], write: (all) => this.#memory()?.write(all) },
      newKey: () => [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join('-'),
      added: (added) => {
        this.#view.say(say(this.strings.added, { count: added.length }));
        this.#tell('darkroom-added', { uploads: added });
      },
      changed: (upload) => this.#changed(upload),
      removed: (upload) => {
        this.#view.drop(upload, this.uploads);
        this.#validate();
        this.#tell('darkroom-removed', { upload });
      },
    });
    const acts = { ...this.#uploads, add: (files: readonly File[]) => this.add(files) };
    this.#view = view(root, acts, () => this.#words());
    Object.assign(this, this.#setBefore);
  }

  /** Every upload in the list. */
  get uploads(): readonly Upload[] {
    return this.#uploads.all();
  }

  /** The pictures that are ready. */
  get images(): readonly ReadyImage[] {
    return this.uploads.flatMap(({ stage }) => (stage.at === 'ready' ? [stage.image] : []));
  }

  get service(): string {
    return (this.getAttribute('service') ?? ownService).replace(/\/+$/, '');
  }

  /** Sentences of your own, instead of those of the language. */
  get strings(): Strings {
    return { ...(languages[this.#language().split('-')[0] ?? ''] ?? english), ...this.#strings };
  }
  set strings(strings: Partial<Strings>) {
    this.#strings = strings;
    this.#label();
  }

  get form(): HTMLFormElement | null {
    return this.#internals.form;
  }
  get validity(): ValidityState {
    return this.#internals.validity;
  }
  checkValidity(): boolean {
    return this.#internals.checkValidity();
  }
  reportValidity(): boolean {
    return this.#internals.reportValidity();
  }

  add(files: Iterable<File>): void {
    if (this.#isDisabled()) return;
    const all = visible([...files]);
    const taken = this.hasAttribute('single') ? all.slice(0, 1) : all;
    if (taken.length === 0) return;
    if (!this.#limitsKnown) this.#learnLimits();
    if (this.hasAttribute('single')) for (const { number } of this.uploads) this.#uploads.remove(number);
    this.#uploads.add(taken);
  }
  cancel(number: number): void {
    this.#uploads.cancel(number);
  }
  retry(number: number): void {
    this.#uploads.retry(number);
  }
  /** Everything that failed and may succeed now, such as after a key has been given. */
  retryAll(): void {
    for (const { number, stage } of this.uploads) if (stage.at === 'failed') this.#uploads.retry(number);
  }

  connectedCallback(): void {
    this.#ended = new AbortController();
    const { signal } = this.#ended;
    listen(
      this,
      {
        takesPage: () => this.getAttribute('drop') !== 'box' && !this.#isDisabled(),
        take: (files) => this.add(files),
        over: (isOver) => this.#view.over(isOver && !this.#isDisabled()),
      },
      signal,
    );
    addEventListener(
      'beforeunload',
      (event) => {
        if (this.uploads.some(wouldBeLost)) event.preventDefault();
      },
      { signal },
    );
    if (!this.#limitsKnown) this.#learnLimits();
    this.#label();
    this.#validate();
    if (this.#memoryName !== undefined) return void memoryNames.add(this.#memoryName);
    const page = location.pathname + location.search;
    this.#memoryName = takeName(memoryNames, [this.service, page, this.id, this.getAttribute('name') ?? '']);
    this.#uploads.recall();
    // Not before the page has had the chance to give a key.
    setTimeout(() =>
      this.#uploads.resume(async ({ id, version, token }, signal) => {
        const found = await this.#service(token).findImage(id, { signal });
        return found.version > version || !['pending', 'expired'].includes(found.status);
      }),
    );
  }

  disconnectedCallback(): void {
    this.#ended.abort();
    // Another element may take its place, but not its uploads.
    if (this.#memoryName !== undefined && !this.uploads.some(isUnderWay)) memoryNames.delete(this.#memoryName);
  }

  attributeChangedCallback(name: string): void {
    if (name === 'service') {
      this.#limits = usualLimits;
      // Not before it is on its page or has files, when they are asked for anyway.
      if (this.#limitsKnown || this.#memoryName !== undefined) this.#learnLimits();
    }
    this.#label();
    this.#validate();
  }
  formDisabledCallback(isDisabled: boolean): void {
    this.#isDisabledByForm = isDisabled;
    this.#label();
  }
  formResetCallback(): void {
    for (const { number } of this.uploads) this.#uploads.remove(number);
  }

  #service(watch?: string) {
    return darkroom({ url: this.service, ...(watch === undefined ? { key: this.key } : { watch }) });
  }

  /** None before the element is on its page, which is a part of the name. */
  #memory() {
    return this.#memoryName === undefined ? undefined : tabMemory(() => sessionStorage, this.#memoryName);
  }

  async #admit(file: File, signal: AbortSignal): Promise<() => Promise<Prepared>> {
    if (isUnreadable(file)) throw this.#unreadable();
    // Another service may be named meanwhile.
    for (let known: Promise<void> | undefined; known !== this.#limitsKnown; await known) known = this.#limitsKnown;
    const inspected = await this.#reading(file, admit(file, this.#words()));
    signal.throwIfAborted();
    const maxSide = this.#number('max-side', 0);
    const isShrinkable = maxSide > 0 && !inspected.isAnimated && shrinkableTypes.includes(inspected.type);
    if (!isShrinkable) admitSize(file.size, inspected, this.#words());
    return () => this.#reading(file, this.#prepare(file, inspected, isShrinkable ? maxSide : undefined));
  }

  async #prepare(file: File, inspected: Inspected, maxSide: number | undefined): Promise<Prepared> {
    const { minWidth, minHeight } = this.#limits;
    const least = { width: minWidth, height: minHeight };
    // A file that cannot be decoded here is sent as it is; the service says what is wrong with it.
    const small =
      maxSide === undefined
        ? undefined
        : await this.#workshop
            .shrink(file, inspected.type, { maxSide, least, quality: this.#number('quality', 0.85) })
            .catch(() => undefined);
    const body = small?.body ?? file;
    admitSize(body.size, small ? { type: inspected.type, size: small } : inspected, this.#words());
    const sha256 = await this.#workshop.digest(body);
    const [collection, preset] = [this.getAttribute('collection'), this.getAttribute('preset')];
    const request: UploadRequest = {
      contentType: inspected.type,
      bytes: body.size,
      ...(sha256 !== undefined && { sha256 }),
      ...(file.name !== '' && { filename: file.name }),
      ...(collection !== null && { collection }),
      ...(preset !== null && { preset }),
    };
    return { body, request };
  }

  /** A file that was changed or removed after it was chosen cannot be sent, and the browser says only that the line broke. */
  async #reading<T>(file: Blob, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      await file
        .slice(0, 1)
        .arrayBuffer()
        .catch(() => {
          throw this.#unreadable();
        });
      throw error;
    }
  }

  #unreadable(): NotAdmitted {
    return new NotAdmitted('invalid-request', this.strings.unreadable);
  }

  /** The service knows its limits; until it has said them, those that ship hold. Asked again with the next files if it did not answer. */
  #learnLimits(): void {
    const asked = this.#service()
      .openapi()
      .then(
        (document) => {
          if (asked !== this.#limitsKnown) return;
          this.#limits = { ...usualLimits, ...(document['x-limits'] as Partial<FileLimits> | undefined) };
          this.#label();
        },
        () => {
          if (asked === this.#limitsKnown) this.#limitsKnown = undefined;
        },
      );
    this.#limitsKnown = asked;
  }

  #changed(upload: Upload): void {
    this.#view.show(upload, this.uploads);
    const { stage } = upload;
    // A page may send its form as soon as it is told.
    this.#validate();
    this.#tell('darkroom-progress', { upload });
    if (stage.at === 'ready') this.#tell('darkroom-ready', { upload, image: stage.image });
    if (stage.at === 'failed') this.#tell('darkroom-failed', { upload, error: stage.error });
    if (!this.uploads.some(isUnderWay)) this.#tell('darkroom-finished', { uploads: this.uploads });
  }

  #tell<Name extends keyof UploadEvents>(name: Name, detail: UploadEvents[Name]): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  /** To a form, the value are the ids of the pictures, each under the name of this element. */
  #validate(): void {
    const name = this.getAttribute('name');
    const data = new FormData();
    for (const { id } of this.images) if (name !== null) data.append(name, id);
    this.#internals.setFormValue(name === null ? null : data);
    const isBusy = this.uploads.some(isUnderWay);
    const isMissing = this.hasAttribute('required') && this.images.length === 0;
    const { anchor } = this.#view;
    if (isBusy) this.#internals.setValidity({ customError: true }, this.strings.stillUploading, anchor);
    else if (isMissing) this.#internals.setValidity({ valueMissing: true }, this.strings.required, anchor);
    else this.#internals.setValidity({});
  }

  #label(): void {
    this.#view.label(this.#isDisabled());
    this.#view.setMultiple(!this.hasAttribute('single'));
  }

  #isDisabled(): boolean {
    return this.#isDisabledByForm || this.hasAttribute('disabled');
  }

  #language(): string {
    return languageOf(langAround(this));
  }

  #words() {
    return { strings: this.strings, language: this.#language(), limits: this.#limits };
  }

  #number(name: string, usual: number): number {
    const number = Number(this.getAttribute(name) ?? usual);
    return number > 0 ? number : usual;
  }
}

/** A shadow tree speaks the language of what it stands in. */
const langAround = (element: Element): string | undefined => {
  const found = element.closest<HTMLElement>('[lang]');
  if (found) return found.lang;
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? langAround(root.host) : undefined;
};

if (!customElements.get('darkroom-upload')) customElements.define('darkroom-upload', DarkroomUpload);
