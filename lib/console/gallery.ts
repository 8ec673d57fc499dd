import type { DarkroomError } from '../client/error.ts';
import type { Shelf, Tile } from './catalogue.ts';
import { doing, make, part } from './dom.ts';
import { justify, type Row, rowsBetween } from './justify.ts';
import { scrollPace } from './scroll-pace.ts';
import { service } from './session.ts';
import { inNumbers, nameOf, plural, statusWords } from './words.ts';

const gap = 4;
const slowedDownMs = 120;
const rowHeight = () => (innerWidth < 640 ? 112 : 208);

type Shown = {
  readonly item: HTMLLIElement;
  readonly button: HTMLButtonElement;
  /** A picture that is not loaded yet, because it came by in a fast scroll. */
  load: (() => void) | undefined;
  tile: Tile | undefined;
  /** Where it is in the layout; a new layout has other rows. */
  row: Row | undefined;
};

type Acts = {
  readonly open: (id: string) => void;
  readonly more: () => void;
};

/** A list of any length: only what is near the window is in the document. */
export const gallery = (shelf: Shelf, { open, more }: Acts) => {
  const list = part<HTMLUListElement>('gallery');
  const shown = new Map<string, Shown>();
  const selected = new Set<string>();
  let isSelecting = false;
  let lastPressed: string | undefined;
  let tiles: readonly Tile[] = [];
  let rows: readonly Row[] = [];
  let isAsked = false;
  let listWidth = 0;
  let listHeight = 0;
  let isFast = false;
  const isTooFast = scrollPace(scrollY, performance.now());
  let slowedDown: ReturnType<typeof setTimeout> | undefined;
  /** Which rows are in the document, until something else than a scroll happens. */
  let drawn: readonly number[] = [];

  const press = (id: string, event: MouseEvent) => {
    if (!isSelecting && !event.metaKey && !event.ctrlKey) return open(id);
    setSelecting(true);
    const at = tiles.findIndex((tile) => tile.id === id);
    const last = tiles.findIndex((tile) => tile.id === lastPressed);
    const isOn = !selected.has(id);
    const range = event.shiftKey && last >= 0 ? tiles.slice(Math.min(at, last), Math.max(at, last) + 1) : [{ id }];
    for (const one of range)
      if (isOn) selected.add(one.id);
      else selected.delete(one.id);
    lastPressed = id;
    showSelection();
    draw();
  };

  const fill = (one: Shown, tile: Tile) => {
    const { button } = one;
    const isPressed = String(selected.has(tile.id));
    if (isSelecting) button.setAttribute('aria-pressed', isPressed);
    else button.removeAttribute('aria-pressed');
    const before = one.tile;
    one.tile = tile;
    if (!isFast) load(one);
    if (before?.src === tile.src && before?.status === tile.status) return;
    button.ariaLabel = `${nameOf(tile)}, ${statusWords[tile.status]}`;
    button.title = nameOf(tile);
    button.style.backgroundColor = tile.color ?? '';
    if (tile.src === undefined)
      return button.replaceChildren(
        make(
          'span',
          { className: `state ${tile.status}` },
          make('b', { className: 'what', textContent: statusWords[tile.status] }),
          nameOf(tile),
        ),
      );
    const { src } = tile;
    const picture = make('img', { alt: '', decoding: 'async', draggable: false });
    one.load = () => {
      picture.src = src;
    };
    if (!isFast) load(one);
    const badge = make('span', { className: `badge ${tile.status}`, textContent: statusWords[tile.status] });
    button.replaceChildren(picture, ...(tile.status === 'ready' ? [] : [badge]));
  };

  const load = (one: Shown) => {
    one.load?.();
    one.load = undefined;
  };

  /** Pictures that fly by are not loaded: each would take time from the scroll, and come too late to be seen. */
  const notePace = (now: number) => {
    isFast = isTooFast(scrollY, innerHeight, now);
    clearTimeout(slowedDown);
    slowedDown = setTimeout(() => {
      isFast = false;
      for (const one of shown.values()) load(one);
    }, slowedDownMs);
  };

  const shownFor = (tile: Tile): Shown => {
    const known = shown.get(tile.id);
    if (known) return known;
    const button = make('button', { type: 'button' });
    button.addEventListener('click', (event) => press(tile.id, event));
    const made: Shown = { item: make('li', {}, button), button, load: undefined, tile: undefined, row: undefined };
    shown.set(tile.id, made);
    return made;
  };

  /** Rows in sight and one window beyond on either side, and the picture that has the focus. */
  const wanted = ([first, last]: readonly number[]): ReadonlyMap<number, Row> => {
    const found = new Map<number, Row>();
    const [focusedId] = [...shown].find(([, { button }]) => button === document.activeElement) ?? [];
    const focused = focusedId === undefined ? -1 : tiles.findIndex(({ id }) => id === focusedId);
    const focusedRow = focused < 0 ? undefined : rows.find(({ to }) => to > focused);
    const near = [...rows.slice(first, last), ...(focusedRow ? [focusedRow] : [])].sort((a, b) => a.top - b.top);
    for (const row of near) for (let at = row.from; at < row.to; at++) found.set(at, row);
    return found;
  };

  const draw = () => {
    drawn = [];
    scrolled();
  };

  /** Sizes are read before anything is written: a read in between makes the browser lay the page out again. */
  const scrolled = () => {
    isAsked = false;
    const { top } = list.getBoundingClientRect();
    const near = rowsBetween(rows, -top - innerHeight, -top + 2 * innerHeight);
    if (near.join() !== drawn.join()) show(near);
    drawn = near;
    if (top + listHeight < 3 * innerHeight && !part('pictures').hidden) more();
  };

  const show = (near: readonly number[]) => {
    const kept = new Set<string>();
    let before: Element | null = list.firstElementChild;
    let [x, rowTop] = [0, -1];
    const size = shelf.isWhole() ? String(tiles.length) : '-1';
    for (const [at, row] of wanted(near)) {
      const tile = tiles[at];
      if (!tile) continue;
      if (row.top !== rowTop) [x, rowTop] = [0, row.top];
      const one = shownFor(tile);
      const width = tile.ratio * row.height;
      if (one.row !== row) {
        one.row = row;
        const { style } = one.item;
        style.setProperty('--x', `${x}px`);
        style.setProperty('--y', `${row.top}px`);
        style.width = `${Math.min(width, listWidth)}px`;
        style.height = `${row.height}px`;
        one.item.ariaSetSize = size;
        one.item.ariaPosInSet = String(at + 1);
      }
      x += width + gap;
      fill(one, tile);
      kept.add(tile.id);
      // In the order of the list, because that is the order of the keyboard; what stands right is not moved.
      if (one.item === before) before = before.nextElementSibling;
      else list.insertBefore(one.item, before);
    }
    for (const [id, { item }] of shown)
      if (!kept.has(id)) {
        item.remove();
        shown.delete(id);
      }
  };

  const drawSoon = () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame((now) => {
      notePace(now);
      scrolled();
    });
  };

  /** What a person looks at stays where it is while pictures come above it. */
  const hold = (): (() => void) => {
    const { top } = list.getBoundingClientRect();
    const row = rows[rowsBetween(rows, -top, -top + 1)[0]];
    const id = row && tiles[row.from]?.id;
    if (top >= 0 || row === undefined || id === undefined) return () => undefined;
    return () => {
      const at = tiles.findIndex((tile) => tile.id === id);
      const now = rows.find(({ to }) => to > at);
      if (at >= 0 && now && now.top !== row.top) scrollBy({ top: now.top - row.top, behavior: 'instant' });
    };
  };

  const lay = () => {
    const letGo = hold();
    tiles = shelf.tiles();
    // Not where a scroll makes up for what came above, and not while the window changes its width.
    list.classList.toggle('glides', list.getBoundingClientRect().top >= 0 && listWidth === list.clientWidth);
    listWidth = list.clientWidth;
    rows = justify(
      tiles.map(({ ratio }) => ratio),
      { width: listWidth, rowHeight: rowHeight(), gap },
    );
    const last = rows.at(-1);
    listHeight = last ? last.top + last.height : 0;
    list.style.height = `${listHeight}px`;
    letGo();
    part('count').textContent = tiles.length === 0 ? '' : `${inNumbers(tiles.length)}${shelf.isWhole() ? '' : '+'}`;
    draw();
  };

  // What is done with many at once.

  const said = part('selection-said');
  const chosen = part('selection-count');
  const setSelecting = (isOn: boolean) => {
    isSelecting = isOn;
    part('select').ariaPressed = String(isOn);
    if (!isOn) selected.clear();
    showSelection();
  };
  const showSelection = () => {
    part('selection').hidden = !isSelecting;
    chosen.textContent = selected.size === 0 ? 'Choose pictures' : `${plural(selected.size, 'picture')} chosen`;
    for (const id of ['selection-reprocess', 'selection-delete'])
      part<HTMLButtonElement>(id).disabled = selected.size === 0;
  };
  const act = (id: string, work: (ids: readonly string[]) => Promise<string>) => {
    const button = part<HTMLButtonElement>(id);
    button.addEventListener('click', async () => {
      const ids = [...selected];
      said.className = '';
      button.disabled = true;
      try {
        said.textContent = await work(ids);
      } catch (error) {
        said.className = 'bad';
        said.textContent = (error as Error).message;
      }
      showSelection();
      lay();
    });
  };
  part('select').addEventListener('click', () => {
    said.textContent = '';
    setSelecting(!isSelecting);
    draw();
  });
  part('selection-all').addEventListener('click', () => {
    for (const { id } of tiles) selected.add(id);
    showSelection();
    draw();
  });
  act('selection-reprocess', async (ids) => {
    for (let from = 0; from < ids.length; from += 1000)
      await service.startJob({ action: 'reprocess', ids: ids.slice(from, from + 1000) });
    selected.clear();
    return `${plural(ids.length, 'picture')} will be made again. See Jobs.`;
  });
  act('selection-delete', async (ids) => {
    if (!(await isSure(ids.length))) return 'Nothing was deleted.';
    let objects = 0;
    for (const [at, id] of ids.entries()) {
      said.textContent = `Deleting ${at + 1} of ${ids.length} …`;
      objects += await removed(id);
      selected.delete(id);
      shelf.forget(new Set([id]));
    }
    return `${plural(ids.length, 'picture')} with ${plural(objects, 'file')} were deleted.`;
  });

  addEventListener('scroll', drawSoon, { passive: true });
  list.addEventListener('focusout', () => {
    drawn = [];
    drawSoon();
  });
  new ResizeObserver(lay).observe(list);
  return { lay, inSight: () => [...shown.values()].flatMap(({ tile }) => tile ?? []) };
};

/** How many files were deleted. Of an image that is gone already there are none: the rest of a selection is still to be deleted. */
const removed = async (id: string): Promise<number> => {
  try {
    return (await service.removeImage(id)).objects;
  } catch (error) {
    if ((error as DarkroomError).code === 'not-found') return 0;
    throw error;
  }
};

const isSure = (count: number): Promise<boolean> => {
  const dialog = part<HTMLDialogElement>('sure');
  part('sure-text').textContent =
    `This deletes ${plural(count, 'original')} and every variant, for good. Addresses of these pictures answer 404 from then on.`;
  dialog.showModal();
  return new Promise((resolve) => {
    const yes = doing(`Delete ${plural(count, 'picture')}`, async () => dialog.close('yes'), {
      className: 'danger main',
    });
    part('sure-buttons').replaceChildren(
      yes,
      doing('Cancel', async () => dialog.close('no')),
    );
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
    dialog.returnValue = 'no';
  });
};
