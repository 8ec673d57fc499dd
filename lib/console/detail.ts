import type { DarkroomError } from '../client/error.ts';
import { inspect, inspectedBytes } from '../client/inspect.ts';
import type { ImageAnswer, ReceiptAnswer } from '../contract/answers.ts';
import { compare, isCrop, losslessWord } from './compare.ts';
import { copyButton, doing, drawn, facts, make, part, tell, wideTable } from './dom.ts';
import { presetSelect, service } from './session.ts';
import { snippets } from './snippets.ts';
import { timeline } from './timeline.ts';
import { versions } from './versions.ts';
import { inBytes, inNumbers, nameOf, statusWords } from './words.ts';

type Acts = {
  readonly deleted: (id: string) => void;
  readonly changed: () => void;
  /** The picture that stands so many places after this one in the gallery. */
  readonly beside: (id: string, by: number) => string | undefined;
};
type ReadyPicture = NonNullable<ImageAnswer['ready']>;

const dialog = part<HTMLDialogElement>('detail');
const body = part('detail-body');
const troubles = part('troubles');

/** Everything about one image. */
export const openDetail = async (id: string, acts: Acts): Promise<void> => {
  stepTo = (by) => acts.beside(id, by);
  showSteps();
  openId = id;
  // On the way from one picture to the next, the one before stays until the other is there.
  const isStep = dialog.open;
  if (!isStep) {
    // Behind an open dialog nothing can be read or pressed.
    body.before(troubles);
    part('detail-title').textContent = 'Picture';
    body.replaceChildren(make('p', { className: 'empty', textContent: 'Loading …' }));
    dialog.showModal();
    part('detail-title').focus();
  }
  try {
    const image = await service.findImage(id);
    if (openId !== id) return;
    show(image, acts);
    dialog.scrollTop = 0;
    if (isStep) tell(nameOf(image));
  } catch (error) {
    if (openId !== id) return;
    showNone(error as Error);
    if ((error as DarkroomError).code !== 'not-found') body.append(doing('Try again', () => openDetail(id, acts)));
  }
};

/** The focus of the keyboard stays on the same control of the same picture, and else goes to the title, not to the page behind. */
const fill = (inside: readonly HTMLElement[], isSame = false): void => {
  const focused = document.activeElement;
  const isElsewhere = focused !== document.body && !body.contains(focused);
  body.replaceChildren(...inside);
  if (isElsewhere) return;
  const same = [...body.querySelectorAll<HTMLElement>('button, select, summary, a')].find(
    ({ localName, textContent }) => localName === focused?.localName && textContent === focused.textContent,
  );
  ((isSame && same) || part('detail-title')).focus({ preventScroll: true });
};

/** Instead of a picture, why there is none. */
const showNone = ({ message }: Error): void => {
  shownId = undefined;
  part('detail-title').textContent = 'Picture';
  fill([make('p', { className: 'empty bad', role: 'alert', textContent: message })]);
};

let openId: string | undefined;
/** Another one than the open one while the answer of that is on its way; none when it is gone, or could not be found. */
let shownId: string | undefined;
let looking: ReturnType<typeof setTimeout> | undefined;
const lookEveryMs = 2000;

/** Only what is open by now: an answer may come when another picture is, or none. */
const show = (image: ImageAnswer, acts: Acts): void => {
  const isSame = shownId === image.id;
  shownId = image.id;
  part('detail-title').textContent = nameOf(image);
  fill(contentOf(image, acts), isSame);
  follow(image, acts);
};

/** What is in the making is shown when it is made. */
const follow = (image: ImageAnswer, acts: Acts): void => {
  const { id, status, version } = image;
  clearTimeout(looking);
  if (!['pending', 'processing', 'retrying'].includes(status)) return;
  const isShown = () => openId === id && shownId === id;
  looking = setTimeout(async () => {
    if (!isShown()) return;
    const isSeen = document.visibilityState === 'visible';
    const now = isSeen ? await service.findImage(id).catch((error: DarkroomError) => error) : image;
    if (!isShown()) return;
    if (now instanceof Error) {
      if (now.code !== 'not-found') return follow(image, acts);
      // It was deleted elsewhere.
      acts.deleted(id);
      return showNone(now);
    }
    if (now.status === status && now.version === version) return follow(image, acts);
    show(now, acts);
    tell(`${nameOf(now)}: ${statusWords[now.status]}`);
  }, lookEveryMs);
};

/** How far from the picture the buttons beside its name lead. */
const places = { newer: -1, older: 1 } as const;
const nowhere = () => undefined;
let stepTo: (by: number) => string | undefined = nowhere;

/** The gallery may come to know of more while a picture is open. */
export const showSteps = (): void => {
  for (const name of ['newer', 'older'] as const)
    part<HTMLButtonElement>(name).disabled = stepTo(places[name]) === undefined;
};

/** The way back from a picture leads to the gallery, however many were looked at. */
const step = (name: 'newer' | 'older'): void => {
  const id = stepTo(places[name]);
  if (id !== undefined) visit(id);
};

const visit = (id: string): void => {
  const address = `#picture/${id}`;
  if (dialog.open) location.replace(address);
  else location.hash = address;
};

const contentOf = (image: ImageAnswer, acts: Acts): readonly HTMLElement[] => {
  const { ready } = image;
  const side = make('div', { className: 'side' }, actionsOf(image, acts), factsOf(image));
  if (!ready)
    return [
      make(
        'div',
        { className: 'two' },
        make('p', { className: 'empty', textContent: image.error?.message ?? statusWords[image.status] }),
        side,
      ),
      section('Timeline', timeline(image)),
    ];
  return [
    make('div', { className: 'two' }, viewsOf(image, ready), side),
    section('Code for your page', codeOf(ready)),
    section('Variants', variantTable(ready)),
    ...(image.version > 1 ? [section('Versions side by side', versions(image))] : []),
    section('Timeline', timeline(image)),
  ];
};

const section = (title: string, inside: HTMLElement): HTMLElement =>
  make('section', {}, make('h3', { textContent: title }), inside);

/** One of several views at a time; each is made when it is first wanted. */
const tabs = (label: string, views: Readonly<Record<string, () => HTMLElement>>): HTMLElement => {
  const shown = make('div');
  const made = new Map<string, HTMLElement>();
  const buttons = Object.entries(views).map(([name, view]) => {
    const button = make('button', { type: 'button', textContent: name });
    button.addEventListener('click', () => {
      for (const one of buttons) one.ariaPressed = String(one === button);
      const inside = made.get(name) ?? view();
      made.set(name, inside);
      shown.replaceChildren(inside);
    });
    return button;
  });
  buttons[0]?.click();
  return make('div', {}, make('div', { className: 'choice', role: 'group', ariaLabel: label }, ...buttons), shown);
};

const viewsOf = (image: ImageAnswer, ready: ReadyPicture): HTMLElement => {
  const crops = ready.variants.filter((file) => isCrop(file, ready));
  let original: Promise<string> | undefined;
  const address = () => {
    original ??= service.downloadOriginal(image.id).then(({ url, version }) => {
      // Of a newer upload, say, nothing can be shown yet, or ever.
      if (version !== ready.source)
        throw new Error(
          `the service gives that of version ${version}, and these files were made of that of version ${ready.source}.`,
        );
      return url;
    });
    return original;
  };
  return tabs('View', {
    Picture: () => pictureOf(ready, nameOf(image)),
    Compare: () => compare(ready, address()),
    ...(crops.length > 0 && { Crops: () => make('div', {}, ...whereOf(ready), cropsOf(crops)) }),
  });
};

const pictureOf = ({ picture }: ReadyPicture, alt: string): HTMLElement => {
  const sources = picture.sources.map(({ type, srcset }) =>
    // Never larger than its largest file.
    make('source', { type, srcset, sizes: `min(100vw, 62rem, ${picture.img.width}px)` }),
  );
  const { src, width, height } = picture.img;
  return make('picture', {}, ...sources, make('img', { className: 'whole', src, width, height, alt }));
};

/** The whole picture, with a frame around each part that was cut out, and the point that it was cut around. */
const whereOf = ({ picture, crops }: ReadyPicture): readonly HTMLElement[] => {
  const names = Map.groupBy(crops ?? [], ({ left, top, width, height }) =>
    // Sizes of one shape differ by the pixels that they were rounded to.
    [left, top, width, height].map(inPercent).join(),
  );
  if (names.size === 0) return [];
  const { src, width, height } = picture.img;
  const inside = [...names.values()].flatMap(([crop]) => (crop ? framesOf(crop, width, height) : []));
  const words = [...names.values()].map((same) => {
    const focus = same[0]?.focus ?? null;
    const where =
      focus === null
        ? 'from the middle'
        : `around the point at ${inPercent(focus.x)} from the left, ${inPercent(focus.y)} from the top`;
    return `${byNumber(same.map(({ name }) => name)).join(', ')}: cut ${where}.`;
  });
  return [
    make(
      'figure',
      { className: 'where' },
      make(
        'div',
        {},
        make('img', { src, width, height, alt: '' }),
        drawn('svg', { viewBox: `0 0 ${width} ${height}` }, ...inside),
      ),
      make('figcaption', { textContent: words.join(' ') }),
    ),
  ];
};

const framesOf = (crop: NonNullable<ReadyPicture['crops']>[number], width: number, height: number) => {
  const { left, top, focus } = crop;
  const frame = { x: left * width, y: top * height, width: crop.width * width, height: crop.height * height };
  const point = focus && { cx: focus.x * width, cy: focus.y * height, r: Math.max(width, height) / 80 };
  return [drawn('rect', frame), ...(point ? [drawn('circle', point)] : [])];
};

/** 64w before 256w. */
const byNumber = (names: readonly string[]): readonly string[] =>
  names.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));

const inPercent = (part: number): string => `${Math.round(100 * part)} %`;

/** As they were cut, at their own size: one file of each name. */
const cropsOf = (files: ReadyPicture['variants']): HTMLElement => {
  const names = new Map(files.toSorted((a, b) => b.bytes - a.bytes).map((file) => [file.name, file]));
  const figures = [...names.values()]
    .toSorted((a, b) => b.width - a.width)
    .map(({ name, format, width, height, url }) =>
      make(
        'figure',
        {},
        make('img', { src: url, width, height, alt: `${name}, cut to ${width} × ${height}` }),
        make('figcaption', { textContent: `${name}.${format}, ${width} × ${height}` }),
      ),
    );
  return make('div', { className: 'crops' }, ...figures);
};

const factsOf = (image: ImageAnswer): HTMLElement => {
  const { original, ready, collection, status, error } = image;
  const size = original.width ? `${original.width} × ${original.height}, ` : '';
  const total = ready?.variants.reduce((sum, { bytes }) => sum + bytes, 0) ?? 0;
  const scores = ready?.variants.flatMap(({ score }) => score ?? []) ?? [];
  return facts({
    Id: image.id,
    Status: error ? `${statusWords[status]}: ${error.message}` : statusWords[status],
    Collection: collection ?? '–',
    Uploaded: new Date(image.createdAt).toLocaleString(),
    Original: `${size}${inBytes(original.bytes)}, ${original.contentType}`,
    ...(ready && {
      Variants: `${inNumbers(ready.variants.length)} files, ${inBytes(total)}, version ${ready.version}, ${ready.kind}`,
      ...(scores.length > 0 && { Score: `${Math.min(...scores).toFixed(1)} to ${Math.max(...scores).toFixed(1)}` }),
      Recipe: ready.recipe,
      Manifest: make('a', { href: ready.manifest, textContent: 'manifest.json', target: '_blank', rel: 'noopener' }),
    }),
  });
};

const codeOf = (ready: ReadyPicture): HTMLElement => {
  const all = snippets(ready);
  const views = Object.entries(all).map(
    ([name, code]) => [name, () => make('pre', { tabIndex: 0, textContent: code })] as const,
  );
  const shown = tabs('Framework', Object.fromEntries(views));
  shown.className = 'code';
  shown.append(copyButton(() => shown.querySelector('pre')?.textContent ?? '', 'the code'));
  return shown;
};

const variantTable = ({ variants }: ReadyPicture): HTMLElement =>
  wideTable(
    'Variants',
    ['Variant', 'Pixels', 'Size', 'Quality', 'Score', 'Address'],
    variants.map(({ name, format, width, height, bytes, quality, score, url }) => {
      const file = `${name}.${format}`;
      return [
        make('a', { href: url, textContent: file, target: '_blank', rel: 'noopener' }),
        `${width} × ${height}`,
        inBytes(bytes),
        quality === null ? losslessWord(score) : `${quality}`,
        score?.toFixed(1) ?? '–',
        copyButton(() => url, `the address of ${file}`),
      ];
    }),
  );

/** So many files of new versions are on their way; to leave the page would end them. */
let sending = 0;

/** Trouble may come late: it is said beside the buttons of its picture while those are shown, and else above what is shown. */
const sayTrouble = (image: ImageAnswer, error: unknown): void => {
  const { message } = error as Error;
  const beside = shownId === image.id ? body.querySelector<HTMLElement>('.actions [role=status]') : null;
  if (beside) {
    beside.className = 'bad';
    beside.textContent = message;
    return;
  }
  const name = nameOf(image);
  const open = make('button', { type: 'button', textContent: 'Open', ariaLabel: `Open ${name}` });
  const dismiss = make('button', { type: 'button', className: 'quiet', textContent: 'Dismiss' });
  const trouble = make('p', { role: 'alert' }, make('span', { textContent: `${name}: ${message}` }), open, dismiss);
  open.addEventListener('click', () => {
    trouble.remove();
    visit(image.id);
  });
  dismiss.addEventListener('click', () => trouble.remove());
  troubles.append(trouble);
};

const actionsOf = (image: ImageAnswer, acts: Acts): HTMLElement => {
  const said = make('p', { role: 'status' });
  const acting = (name: string, act: () => Promise<unknown>, className = '') =>
    doing(name, () => act().catch((error) => sayTrouble(image, error)), { said, className });
  const preset = presetSelect('Same preset');
  const file = make('input', { type: 'file', accept: 'image/*', hidden: true, ariaLabel: 'File of the new version' });
  const download = acting('Download original', async () => {
    const { url } = await service.downloadOriginal(image.id);
    make('a', { href: url, download: '' }).click();
  });
  const reprocess = acting('Reprocess', async () => {
    const { version } = await service.reprocess(image.id, preset.value === '' ? {} : { preset: preset.value });
    said.textContent = `Version ${version} is in the making.`;
    acts.changed();
    if (openId === image.id) follow({ ...image, version, status: 'processing' }, acts);
  });
  const replace = acting('New version …', async () => file.click());
  file.addEventListener('change', async () => {
    const [chosen] = file.files ?? [];
    if (!chosen) return;
    said.className = '';
    said.textContent = `Uploading ${chosen.name} …`;
    sending++;
    try {
      // A file may bear the name of another type; what it is, its first bytes say.
      const head = await chosen.slice(0, inspectedBytes).arrayBuffer();
      const contentType = inspect(new Uint8Array(head))?.type;
      const { version } = await service.upload(chosen, { id: image.id, ...(contentType && { contentType }) });
      // By then a person may have closed this picture, or look at another one.
      if (openId === image.id) await openDetail(image.id, acts);
      // What is beside the button has been drawn anew, with the new version.
      tell(`Version ${version} is ready.`);
      acts.changed();
    } catch (error) {
      sayTrouble(image, error);
    } finally {
      sending--;
    }
    file.value = '';
  });
  let isSure = false;
  const remove = acting(
    'Delete',
    async () => {
      if (!isSure) {
        isSure = true;
        remove.textContent = 'Delete for good';
        said.textContent = 'This deletes the original and every variant. Press again to delete.';
        return;
      }
      const receipt = await service.removeImage(image.id);
      acts.deleted(image.id);
      if (openId === image.id) showReceipt(receipt);
      else tell(`Deleted ${nameOf(image)}.`);
    },
    'danger',
  );
  return make(
    'div',
    { className: 'actions' },
    download,
    replace,
    file,
    make('span', { className: 'joined' }, reprocess, preset),
    remove,
    said,
  );
};

const showReceipt = ({ id, deletedAt, objects, keys, purged }: ReceiptAnswer): void => {
  shownId = undefined;
  part('detail-title').textContent = 'Deleted';
  const sentence = `${objects} files of ${id} were deleted on ${new Date(deletedAt).toLocaleString()}.`;
  const rest = purged === 'pending' ? ' The CDN is told to forget the pictures within minutes.' : '';
  fill([
    make('p', { role: 'status', textContent: sentence + rest }),
    make('h3', { textContent: 'Receipt' }),
    make('pre', { tabIndex: 0, textContent: keys.join('\n') }),
  ]);
};

export const closeDetail = (): void => dialog.close();

export const startDetail = (closed: () => void): void => {
  part('close').addEventListener('click', closeDetail);
  for (const name of ['newer', 'older'] as const) part(name).addEventListener('click', () => step(name));
  dialog.addEventListener('keydown', (event) => {
    // Fields and what scrolls have another use for these keys.
    const isFree = event.target instanceof HTMLElement && !event.target.matches('input, select, .frame, .wide, pre');
    if (!isFree || event.altKey || event.ctrlKey || event.metaKey) return;
    const isAhead = event.key === (getComputedStyle(dialog).direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight');
    if (isAhead) step('older');
    else if (event.key.startsWith('Arrow') && /Left|Right/.test(event.key)) step('newer');
  });
  dialog.addEventListener('click', (event) => event.target === dialog && closeDetail());
  addEventListener('beforeunload', (event) => {
    if (sending > 0) event.preventDefault();
  });
  dialog.addEventListener('close', () => {
    openId = undefined;
    shownId = undefined;
    stepTo = nowhere;
    part('notice').after(troubles);
    body.replaceChildren();
    closed();
  });
};
