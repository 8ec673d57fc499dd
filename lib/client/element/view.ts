import type { ReadyImage } from '../darkroom.ts';
import { thumbhashPixels } from '../thumbhash.ts';
import { type FileLimits, NotAdmitted, typeNames } from './admit.ts';
import { type Strings, say, sizeText } from './strings.ts';
import { style } from './style.ts';
import { canRetry, doneOf, isUnderWay, type Upload } from './uploads.ts';

export type Acts = {
  readonly add: (files: readonly File[]) => void;
  readonly cancel: (number: number) => void;
  readonly retry: (number: number) => void;
  readonly remove: (number: number) => void;
};

type Words = () => { readonly strings: Strings; readonly language: string; readonly limits: FileLimits };

const make = <Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  facts: Partial<Omit<HTMLElementTagNameMap[Name], 'part'>> & { readonly part?: string } = {},
  ...inside: (Node | string)[]
): HTMLElementTagNameMap[Name] => {
  const { part, ...properties } = facts;
  const element = Object.assign(document.createElement(name), properties);
  if (part !== undefined) element.setAttribute('part', part);
  element.append(...inside);
  return element;
};

const icon = (path: string) => {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
};
const cross = 'M6 6l12 12M18 6L6 18';
const again = 'M20 11A8 8 0 1 0 18 17M20 4v7h-7';

/** Rows that are made in one task of the page. */
const rowsAtOnce = 8;

/** What is seen of the uploads, in a shadow tree. */
export const view = (root: ShadowRoot, acts: Acts, words: Words) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  root.adoptedStyleSheets = [sheet];

  const input = (facts: Partial<Omit<HTMLInputElement, 'part'>>) => {
    const element = make('input', { type: 'file', hidden: true, multiple: true, tabIndex: -1, ...facts });
    element.addEventListener('change', () => {
      acts.add([...(element.files ?? [])]);
      element.value = '';
    });
    return element;
  };
  const files = input({ id: 'files' });
  const folder = input({ webkitdirectory: true });
  const camera = input({ accept: 'image/*', multiple: false });
  // Only browsers with a camera have the property.
  camera.setAttribute('capture', 'environment');
  const opens = (opened: HTMLInputElement, className: string) =>
    make('button', { type: 'button', className, part: `button ${className}`, onclick: () => opened.click() });
  const choose = opens(files, 'main');
  const chooseFolder = opens(folder, 'folder');
  const takePhoto = opens(camera, 'camera');
  const lead = make('p', { className: 'lead', part: 'label' });
  const hint = make('p', { className: 'hint', part: 'hint' });
  const buttons = make('div', { className: 'buttons', part: 'buttons' }, choose, chooseFolder, takePhoto);
  const box = make('div', { className: 'box', part: 'box' }, lead, buttons, hint, make('slot'), files, folder, camera);

  const total = make('progress', { max: 1, part: 'progress total' });
  const totalText = make('span', { part: 'summary-text' });
  const retryAll = make('button', { type: 'button', part: 'button' });
  const clear = make('button', { type: 'button', part: 'button' });
  const summary = make(
    'div',
    { className: 'summary', part: 'summary', hidden: true },
    total,
    totalText,
    retryAll,
    clear,
  );
  const list = make('ul', { part: 'list', hidden: true });
  const spoken = make('p', { className: 'unseen', role: 'status' });
  const whole = make('div', {}, box, summary, list, spoken);
  root.append(whole);

  let current: readonly Upload[] = [];
  retryAll.onclick = () => current.filter(canRetry).map(({ number }) => acts.retry(number));
  clear.onclick = () => current.filter((one) => !isUnderWay(one)).map(({ number }) => acts.remove(number));

  const inTask = oneByOne();
  const rows = new Map<number, ReturnType<typeof row>>();
  /** What has no row yet: a thousand files that are dropped together get theirs in many short tasks. */
  const due = new Map<number, Upload>();
  const drawDue = () => {
    for (const [number, upload] of [...due].slice(0, rowsAtOnce)) {
      due.delete(number);
      const made = row(upload, acts, words, inTask);
      rows.set(number, made);
      list.append(made.item);
      made.show(upload);
    }
    if (due.size > 0) setTimeout(drawDue);
  };

  /** Milestones, for those who listen: a percent now and then would drown out everything else. */
  let quarters = 0;
  const speak = (uploads: readonly Upload[]) => {
    const done = uploads.filter(({ stage }) => stage.at === 'ready').length;
    const reached =
      uploads.length === 0 ? 0 : Math.floor((4 * uploads.filter((one) => !isUnderWay(one)).length) / uploads.length);
    if (reached > quarters) spoken.textContent = totalSentence(uploads, done);
    quarters = reached;
  };
  const totalSentence = (uploads: readonly Upload[], done: number) => {
    const { strings } = words();
    const failed = uploads.filter(({ stage }) => ['failed', 'interrupted'].includes(stage.at)).length;
    return say(failed > 0 ? strings.totalFailed : strings.total, { done, all: uploads.length, failed });
  };

  /** Once for all that happens in one go, such as forty files that are dropped together. */
  let isSummaryDue = false;
  const summarise = (uploads: readonly Upload[]) => {
    current = uploads;
    if (isSummaryDue) return;
    isSummaryDue = true;
    queueMicrotask(() => {
      isSummaryDue = false;
      showSummary(current);
    });
  };
  const showSummary = (uploads: readonly Upload[]) => {
    list.hidden = summary.hidden = uploads.length === 0;
    const done = uploads.filter(({ stage }) => stage.at === 'ready').length;
    total.value = uploads.reduce((sum, one) => sum + doneOf(one), 0) / (uploads.length || 1);
    totalText.textContent = totalSentence(uploads, done);
    clear.hidden = uploads.every(isUnderWay);
    retryAll.hidden = uploads.filter(canRetry).length < 2;
    speak(uploads);
  };

  return {
    /** After a change of the language or of the limits. */
    label: (isDisabled: boolean) => {
      const { strings, language, limits } = words();
      lead.textContent = `${strings.drop}, ${strings.or}`;
      choose.textContent = strings.choose;
      chooseFolder.textContent = strings.folder;
      takePhoto.textContent = strings.camera;
      hint.textContent = say(strings.limits, {
        types: typeNames(limits, language),
        size: sizeText(limits.maxBytes, language),
      });
      files.accept = limits.accept.join(',');
      list.ariaLabel = strings.list;
      total.ariaLabel = strings.list;
      retryAll.textContent = strings.retryAll;
      clear.textContent = strings.clear;
      for (const button of [choose, chooseFolder, takePhoto]) button.disabled = isDisabled;
      for (const upload of current) rows.get(upload.number)?.show(upload);
      summarise(current);
    },
    setMultiple: (isMultiple: boolean) => {
      files.multiple = isMultiple;
      chooseFolder.hidden = !isMultiple;
    },
    over: (isOver: boolean) => whole.classList.toggle('over', isOver),
    say: (text: string) => {
      spoken.textContent = text;
    },
    show: (upload: Upload, uploads: readonly Upload[]) => {
      const shown = rows.get(upload.number);
      if (shown) shown.show(upload);
      else if (due.set(upload.number, upload).size === 1) queueMicrotask(drawDue);
      summarise(uploads);
    },
    drop: (upload: Upload, uploads: readonly Upload[]) => {
      const shown = rows.get(upload.number);
      const hadFocus = shown?.item.contains(root.activeElement) ?? false;
      const next = (shown?.item.nextElementSibling ?? shown?.item.previousElementSibling)?.querySelector('button');
      shown?.end();
      rows.delete(upload.number);
      due.delete(upload.number);
      if (hadFocus) (next ?? choose).focus();
      summarise(uploads);
    },
    focus: () => choose.focus(),
    anchor: choose,
  };
};

/** Each in a task of its own, so that what a person does comes in between. */
const oneByOne = () => {
  const waiting: (() => void)[] = [];
  const next = () => {
    waiting.shift()?.();
    if (waiting.length > 0) setTimeout(next);
  };
  return (work: () => void): void => {
    if (waiting.push(work) === 1) setTimeout(next);
  };
};

const row = (
  { number, name, file }: Upload,
  { cancel, retry, remove }: Acts,
  words: Words,
  inTask: (work: () => void) => void,
) => {
  const thumbnail = make('div', { className: 'thumbnail', part: 'thumbnail' });
  const status = make('span', { className: 'status', part: 'status' });
  const bar = make('progress', { max: 1, part: 'progress' });
  const text = make(
    'div',
    {},
    make('span', { className: 'name', part: 'name', textContent: name, title: name }),
    status,
    bar,
  );
  const button = (path: string, act: (number: number) => void) =>
    make('button', { type: 'button', part: 'button', onclick: () => act(number) }, icon(path));
  const retryButton = button(again, retry);
  const endButton = button(cross, (number) => (isGoing ? cancel : remove)(number));
  const item = make(
    'li',
    { part: 'item' },
    thumbnail,
    text,
    make('div', { className: 'actions' }, retryButton, endButton),
  );
  let isGoing = true;
  let hasPicture = false;
  let preview: string | undefined;
  let isWanted = file !== undefined;
  // The page waits while the browser makes an address for a file.
  if (file)
    inTask(() => {
      if (!isWanted) return;
      preview = URL.createObjectURL(file);
      const image = make('img', { alt: '', decoding: 'async', src: preview });
      image.onerror = () => image.remove();
      thumbnail.append(image);
    });
  const forgetPreview = () => {
    isWanted = false;
    if (preview !== undefined) URL.revokeObjectURL(preview);
    preview = undefined;
  };

  return {
    item,
    show: (upload: Upload) => {
      const { strings } = words();
      const { stage } = upload;
      isGoing = isUnderWay(upload);
      item.className = stage.at;
      item.setAttribute('part', `item ${stage.at}`);
      status.textContent = sentenceOf(upload, words());
      bar.hidden = !isGoing;
      bar.value = doneOf(upload);
      bar.ariaLabel = say(strings.progressOf, { name });
      const naming = (one: HTMLElement, action: string) => {
        one.ariaLabel = say(strings.actionOn, { action, name });
        one.title = action;
      };
      naming(retryButton, strings.retry);
      naming(endButton, isGoing ? strings.cancel : strings.remove);
      retryButton.hidden = !canRetry(upload);
      if (stage.at === 'ready' && !hasPicture) {
        hasPicture = true;
        showPicture(thumbnail, stage.image, forgetPreview);
      }
    },
    end: () => {
      forgetPreview();
      item.remove();
    },
  };
};

/** The blur first, behind the preview if there is one, and the real thumbnail once it has been loaded. */
const showPicture = (thumbnail: HTMLElement, { ready }: ReadyImage, shown: () => void) => {
  const { width, height, pixels } = thumbhashPixels(ready.placeholder.thumbhash);
  const blur = make('canvas', { width, height });
  blur.getContext('2d')?.putImageData(new ImageData(pixels, width, height), 0, 0);
  thumbnail.prepend(blur);
  const image = make('img', { alt: '', src: thumbnailOf(ready) });
  image.decode().then(
    () => {
      thumbnail.replaceChildren(image);
      shown();
    },
    () => shown(),
  );
};

/** The smallest that is sharp at the size of a row. */
export const thumbnailOf = ({ variants }: ReadyImage['ready'], atLeast = 112): string => {
  const formats = ['webp', 'avif', 'jpeg', 'png'];
  const [best] = variants
    .filter(({ width, height }) => Math.min(width, height) >= atLeast)
    .toSorted(
      (a, b) => a.width * a.height - b.width * b.height || formats.indexOf(a.format) - formats.indexOf(b.format),
    );
  return (best ?? variants.toSorted((a, b) => b.width - a.width)[0])?.url ?? '';
};

const sentenceOf = ({ stage }: Upload, { strings, language }: ReturnType<Words>): string => {
  const percent = (done: number) => new Intl.NumberFormat(language, { style: 'percent' }).format(done);
  switch (stage.at) {
    case 'uploading':
    case 'processing':
      return say(strings[stage.at], { percent: percent(stage.done) });
    case 'offline': {
      const waits = stage.isUploaded ? strings.offlineUploaded : strings.offline;
      // The browser knows of no trouble, so there may be something to do about it.
      return stage.isOnline ? `${waits}. ${strings.errors.unreachable ?? ''}` : waits;
    }
    case 'ready':
      return say(strings.ready, { width: stage.image.ready.width, height: stage.image.ready.height });
    case 'failed':
      // What the page itself has thrown it says as well, in its own words.
      return stage.error instanceof NotAdmitted || stage.error.cause !== undefined
        ? stage.error.detail
        : (strings.errors[stage.error.code] ?? stage.error.detail);
    default:
      return strings[stage.at];
  }
};
