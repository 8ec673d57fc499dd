import { darkroom } from './element.js';

/** The page at `/`: an uploader, and below it what is there, newest first and as it changes. */

const $ = (id) => document.getElementById(id);
const uploader = document.querySelector('darkroom-upload');
const [gallery, more, empty, notice, detail, body] = [
  'gallery',
  'more',
  'empty',
  'notice',
  'detail',
  'detail-body',
].map($);

/** Kept until the tab is closed, and nowhere else. */
const storedKey = () => sessionStorage.getItem('key') ?? undefined;
const service = darkroom({ url: '', key: storedKey });
uploader.key = storedKey;

const make = (name, facts = {}, ...inside) => {
  const element = Object.assign(document.createElement(name), facts);
  element.append(...inside);
  return element;
};
const say = (text) => {
  $('spoken').textContent = text;
};
const complain = (text) => {
  notice.hidden = text === undefined;
  notice.textContent = text ?? '';
};
const sizeOf = (bytes) =>
  bytes < 1024 * 1024
    ? `${Math.max(1, Math.round(bytes / 1024))} KB`
    : `${(bytes / 1024 / 1024).toLocaleString('en', { maximumFractionDigits: 1 })} MB`;
const statusTexts = {
  pending: 'Not uploaded yet',
  processing: 'In the making',
  retrying: 'Tried again soon',
  ready: 'Ready',
  failed: 'Failed',
  expired: 'Never uploaded',
};

// The list: what is shown, by id; the newest page is asked for again and again, older ones when they are wanted.

const tiles = new Map();
let cursor = null;
let hasMore = false;
let generation = 0;

const filters = () => {
  const { collection, status } = Object.fromEntries(new FormData($('filters')));
  return { ...(collection && { collection }), ...(status && { status }) };
};

const nameOf = ({ filename, id }) => filename ?? id;

const thumbnailOf = ({ ready }) => {
  const fit = ready.variants
    .filter(({ format, height, width }) => format !== 'jpeg' && height >= 176 && width >= 176)
    .toSorted(
      (a, b) =>
        Math.abs(a.width / a.height - ready.width / ready.height) -
          Math.abs(b.width / b.height - ready.width / ready.height) || a.bytes - b.bytes,
    );
  return (fit[0] ?? ready.variants[0])?.url;
};

const fill = (tile, image) => {
  const { ready, status, updatedAt } = image;
  const state = `${status} ${ready?.version} ${status === 'ready' ? updatedAt : ''}`;
  tile.image = image;
  if (tile.state === state) return;
  tile.state = state;
  const { button, item } = tile;
  button.ariaLabel = `${nameOf(image)}, ${statusTexts[status]}`;
  const size = ready ?? image.original;
  item.style.setProperty('--ratio', Math.min(3, Math.max(0.5, (size.width ?? 1) / (size.height ?? 1))));
  if (ready) {
    button.style.backgroundColor = ready.placeholder.color;
    button.replaceChildren(make('img', { src: thumbnailOf(image), alt: '', loading: 'lazy', decoding: 'async' }));
  } else
    button.replaceChildren(
      make('span', { className: `state ${status}`, textContent: `${nameOf(image)}: ${statusTexts[status]}` }),
    );
};

const tileOf = (image) => {
  let tile = tiles.get(image.id);
  if (!tile) {
    const button = make('button', { type: 'button' });
    tile = { item: make('li', {}, button), button };
    button.addEventListener('click', () => open(tiles.get(image.id)?.image ?? image));
    tiles.set(image.id, tile);
  }
  fill(tile, image);
  return tile;
};

const forget = (id) => {
  tiles.get(id)?.item.remove();
  tiles.delete(id);
  showEmpty();
};

const showEmpty = () => {
  const isFiltered = Object.keys(filters()).length > 0;
  empty.hidden = tiles.size > 0;
  empty.textContent = isFiltered ? 'No picture matches.' : 'No picture yet. What you upload is shown here.';
  more.hidden = !hasMore;
};

/** An expired ticket is no picture; the uploader shows what is on its way. */
const isShown = ({ status, ready }) =>
  ready !== null || filters().status !== undefined || !['pending', 'expired'].includes(status);

/** The newest page: what is new comes first, what is gone from between goes. */
const refresh = async () => {
  const asked = generation;
  const page = await service.listImages({ ...filters(), limit: 50 });
  if (asked !== generation) return;
  const ids = new Set(page.items.map(({ id }) => id));
  const oldest = page.items.at(-1)?.createdAt;
  for (const [id, { image }] of tiles)
    if (!ids.has(id) && (page.nextCursor === null || image.createdAt > oldest)) forget(id);
  const known = page.items.filter(isShown).map((image) => [tiles.has(image.id), tileOf(image)]);
  let before = gallery.firstElementChild;
  for (const [isKnown, { item }] of known) {
    if (isKnown && item === before) before = before.nextElementSibling;
    else gallery.insertBefore(item, before);
  }
  if (cursor === null) {
    cursor = page.nextCursor;
    hasMore = cursor !== null;
  }
  showEmpty();
};

const showMore = async () => {
  more.disabled = true;
  try {
    const asked = generation;
    const page = await service.listImages({ ...filters(), limit: 50, cursor });
    if (asked !== generation) return;
    for (const image of page.items.filter(isShown)) gallery.append(tileOf(image).item);
    cursor = page.nextCursor;
    hasMore = cursor !== null;
    showEmpty();
  } catch (error) {
    complain(error.message);
  } finally {
    more.disabled = false;
  }
};

const start = () => {
  generation++;
  cursor = null;
  hasMore = false;
  tiles.clear();
  gallery.replaceChildren();
  return look();
};

/** After a wrong key, the page does not ask again until a person wants that. */
let mayAsk = true;
const look = async () => {
  try {
    await refresh();
    complain(undefined);
  } catch (error) {
    if (error.code === 'unauthorized') {
      $('open-key').hidden = false;
      complain('This service needs a valid key.');
      if (mayAsk) askForKey();
      mayAsk = false;
    } else complain(error.code === 'forbidden' ? `The pictures cannot be listed. ${error.message}` : error.message);
  }
};

const live = async () => {
  if (document.visibilityState === 'visible' && !$('key-dialog').open && (notice.hidden || navigator.onLine)) {
    if (notice.hidden || storedKey() !== undefined || mayAsk) await look();
  }
  setTimeout(live, 3000);
};

// The key.

const askForKey = () => {
  $('key-wrong').textContent = '';
  $('key-dialog').showModal();
};
$('open-key').addEventListener('click', askForKey);
$('key-cancel').addEventListener('click', () => $('key-dialog').close());
$('key-form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const key = $('key').value.trim();
  try {
    await darkroom({ url: '', key }).listImages({ limit: 1 });
  } catch (error) {
    if (error.code === 'unauthorized') {
      $('key-wrong').textContent = 'This key is not valid.';
      return $('key').select();
    }
    // It is valid; what it may not do is said where that is wanted.
    if (error.code !== 'forbidden') {
      $('key-wrong').textContent = error.message;
      return;
    }
  }
  sessionStorage.setItem('key', key);
  $('key').value = '';
  $('key-dialog').close();
  $('open-key').hidden = false;
  uploader.retryAll();
  start();
});

// The detail of one picture.

const copyButton = (text, what) => {
  const button = make('button', { type: 'button', className: 'small', textContent: 'Copy', ariaLabel: `Copy ${what}` });
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
    say(`Copied ${what}.`);
    setTimeout(() => {
      button.textContent = 'Copy';
    }, 1500);
  });
  return button;
};

const factsOf = (image) => {
  const { original, ready, collection, status, error } = image;
  const size = original.width ? `${original.width} × ${original.height}, ` : '';
  const total = ready?.variants.reduce((sum, { bytes }) => sum + bytes, 0);
  const facts = {
    Id: image.id,
    Status: error ? `${statusTexts[status]}: ${error.message}` : statusTexts[status],
    Collection: collection ?? '–',
    Uploaded: new Date(image.createdAt).toLocaleString(),
    Original: `${size}${sizeOf(original.bytes)}, ${original.contentType}`,
    ...(ready && {
      Variants: `${ready.variants.length} files, ${sizeOf(total)}, version ${ready.version}, ${ready.kind}`,
    }),
  };
  return make(
    'dl',
    {},
    ...Object.entries(facts).flatMap(([name, value]) => [
      make('dt', { textContent: name }),
      make('dd', { textContent: value }),
    ]),
  );
};

const pictureOf = ({ picture }, alt) => {
  const sources = picture.sources.map(({ type, srcset }) =>
    make('source', { type, srcset, sizes: '(max-width: 64rem) 100vw, 64rem' }),
  );
  const { src, width, height } = picture.img;
  return make('picture', {}, ...sources, make('img', { src, width, height, alt }));
};

const variantTable = ({ variants }) => {
  const head = ['Variant', 'Pixels', 'Size', 'Quality', 'Address'].map((text) =>
    make('th', { scope: 'col', textContent: text }),
  );
  const rows = variants.map(({ name, format, width, height, bytes, quality, url }) => {
    const file = `${name}.${format}`;
    const link = make('a', { href: url, textContent: file, target: '_blank', rel: 'noopener' });
    const cells = [
      link,
      `${width} × ${height}`,
      sizeOf(bytes),
      quality === null ? 'lossless' : `${quality}`,
      copyButton(url, `the address of ${file}`),
    ];
    return make('tr', {}, ...cells.map((cell) => make('td', {}, cell)));
  });
  const table = make('table', {}, make('thead', {}, make('tr', {}, ...head)), make('tbody', {}, ...rows));
  return make('div', { className: 'wide', tabIndex: 0, role: 'region', ariaLabel: 'Variants' }, table);
};

const actionsOf = (image) => {
  const said = make('p', { role: 'status' });
  const doing = (button, act) =>
    button.addEventListener('click', async () => {
      button.disabled = true;
      said.className = '';
      try {
        await act();
      } catch (error) {
        said.className = 'bad';
        said.textContent = error.message;
      } finally {
        button.disabled = false;
      }
    });
  const download = make('button', { type: 'button', textContent: 'Download original' });
  const reprocess = make('button', { type: 'button', textContent: 'Reprocess' });
  const remove = make('button', { type: 'button', className: 'danger', textContent: 'Delete' });
  doing(download, async () => {
    const { url } = await service.downloadOriginal(image.id);
    make('a', { href: url, download: '' }).click();
  });
  doing(reprocess, async () => {
    const { version } = await service.reprocess(image.id);
    said.textContent = `Version ${version} is in the making.`;
  });
  let isSure = false;
  doing(remove, async () => {
    if (!isSure) {
      isSure = true;
      remove.textContent = 'Delete for good';
      said.textContent = 'This deletes the original and every variant. Press again to delete.';
      return;
    }
    const receipt = await service.removeImage(image.id);
    forget(image.id);
    showReceipt(receipt);
  });
  return make('div', {}, make('p', { className: 'buttons' }, download, reprocess, remove), said);
};

const showReceipt = ({ id, deletedAt, objects, keys, purged }) => {
  $('detail-title').textContent = 'Deleted';
  const sentence = `${objects} files of ${id} were deleted on ${new Date(deletedAt).toLocaleString()}.`;
  const rest = purged === 'pending' ? ' The CDN is told to forget the pictures within minutes.' : '';
  body.replaceChildren(
    make('p', { role: 'status', textContent: sentence + rest }),
    make('h3', { textContent: 'Receipt' }),
    make('pre', { tabIndex: 0, textContent: keys.join('\n') }),
  );
};

const open = (image) => {
  const { ready } = image;
  $('detail-title').textContent = nameOf(image);
  const shown = ready
    ? [
        make('h3', { textContent: 'Code for your page' }),
        make('pre', { tabIndex: 0, textContent: ready.picture.html }),
        copyButton(ready.picture.html, 'the code'),
        make('h3', { textContent: 'Variants' }),
        variantTable(ready),
      ]
    : [];
  body.replaceChildren(...(ready ? [pictureOf(ready, nameOf(image))] : []), actionsOf(image), factsOf(image), ...shown);
  if (!detail.open) detail.showModal();
  detail.scrollTop = 0;
};
$('close').addEventListener('click', () => detail.close());
detail.addEventListener('click', (event) => event.target === detail && detail.close());

$('filters').addEventListener('submit', (event) => event.preventDefault());
$('filters').addEventListener('change', start);
let typing;
$('collection').addEventListener('input', () => {
  clearTimeout(typing);
  typing = setTimeout(start, 300);
});
more.addEventListener('click', showMore);
document.addEventListener('darkroom-ready', () => void look());
document.addEventListener('darkroom-failed', ({ detail: { error } }) => {
  if (error.code !== 'unauthorized') return;
  $('open-key').hidden = false;
  if (mayAsk && !$('key-dialog').open) askForKey();
  mayAsk = false;
});
$('open-key').hidden = storedKey() === undefined;
showEmpty();
live();
