import { catalogue, type Filters } from './catalogue.ts';
import { closeDetail, openDetail, showSteps, startDetail } from './detail.ts';
import { part } from './dom.ts';
import { showFailures, showMissedFailures } from './failed.ts';
import { gallery } from './gallery.ts';
import { showJobs, startJobForm } from './jobs.ts';
import { showOperations } from './operations.ts';
import { complain, complainOf, mayCall, startSession, storedKey } from './session.ts';
import { inNumbers } from './words.ts';

/** The page at `/`: the pictures, the jobs and the state of the service. */

const uploader = document.querySelector('darkroom-upload') as HTMLElement & {
  key: () => string | undefined;
  retryAll: () => void;
  readonly uploads?: readonly unknown[];
};
uploader.key = storedKey;

const views = ['pictures', 'jobs', 'operations'] as const;
type View = (typeof views)[number];

const filters = (): Filters => {
  const text = (id: string) => part<HTMLInputElement>(id).value.trim();
  return { collection: text('collection'), status: text('status'), kind: text('kind'), search: text('search') };
};

const shelf = catalogue(filters);
const shown = gallery(shelf, {
  open: (id) => {
    location.hash = `picture/${id}`;
  },
  more: () => void more(),
});

const showState = () => {
  const { collection, status, kind, search } = filters();
  const isFiltered = [collection, status, kind, search].some((text) => text !== '');
  const isNone = shelf.tiles().length === 0;
  const isLooking = isNone && !shelf.isWhole();
  // The large box shrinks as files are added and not when the first picture comes, so that nothing jumps on its own.
  const isUntouched = isNone && !uploader.uploads?.length;
  part('pictures').classList.toggle('none', isUntouched && !isFiltered && shelf.isWhole());
  // What went wrong stands above; nothing is loading then.
  part('empty').hidden = !isNone || (isLooking && !part('notice').hidden);
  part('empty').textContent = isLooking
    ? shelf.known() > 0
      ? `Looking … ${inNumbers(shelf.known())} pictures so far.`
      : 'Loading …'
    : isFiltered
      ? 'No picture matches.'
      : 'No picture yet. What you upload is shown here.';
};

const draw = () => {
  shown.lay();
  showState();
  showSteps();
};

let isLoadingMore = false;
const more = async () => {
  if (isLoadingMore || shelf.isWhole() || !mayCall() || !navigator.onLine) return;
  isLoadingMore = true;
  let isFurther = false;
  try {
    isFurther = await shelf.more();
  } catch (error) {
    complainOf(error, 'The pictures cannot be listed. ');
  } finally {
    isLoadingMore = false;
  }
  // Drawing asks for the next page if this one was not enough.
  if (isFurther) draw();
};

const look = async () => {
  try {
    await shelf.refresh(shown.inSight());
    complain(undefined);
    draw();
  } catch (error) {
    complainOf(error, 'The pictures cannot be listed. ');
    showState();
  }
};

const begin = () => {
  shelf.begin();
  draw();
  void shelf.byId().then(draw);
  return look();
};

let viewNow: View = 'pictures';

const tasks: Readonly<Record<View, () => Promise<unknown>>> = {
  pictures: look,
  jobs: showJobs,
  operations: () => Promise.all([showOperations(), showMissedFailures()]),
};
const everyMs: Readonly<Record<View, number>> = { pictures: 3000, jobs: 2000, operations: 5000 };

let isOffline = false;
const showNetwork = () => {
  isOffline = !navigator.onLine;
  part('offline').hidden = !isOffline;
};

let waiting: ReturnType<typeof setTimeout> | undefined;
let turn = 0;
/** The view is kept up to date while it can be seen. */
const live = async () => {
  clearTimeout(waiting);
  const mine = ++turn;
  const view = viewNow;
  if (document.visibilityState === 'visible' && mayCall() && !isOffline) await tasks[view]();
  if (mine === turn) waiting = setTimeout(live, everyMs[view]);
};

/** The address says which view is shown; that of a picture opens above the view that was there. */
const route = () => {
  const [, id] = /^#picture\/([a-z2-7]{26})$/.exec(location.hash) ?? [];
  if (id === undefined) {
    viewNow = views.find((view) => location.hash === `#${view}`) ?? 'pictures';
    closeDetail();
  } else void openDetail(id, acts);
  for (const view of views) {
    part(view).hidden = view !== viewNow;
    part(`to-${view}`).ariaCurrent = view === viewNow ? 'page' : null;
  }
  if (id !== undefined) return;
  if (viewNow === 'operations') void showFailures();
  if (viewNow === 'pictures') draw();
  void live();
};

const acts = {
  deleted: (id: string) => {
    shelf.forget(new Set([id]));
    draw();
  },
  changed: () => void look(),
  beside: (id: string, by: number): string | undefined => {
    const tiles = shelf.tiles();
    const at = tiles.findIndex((tile) => tile.id === id);
    if (at < 0) return undefined;
    // The list goes on before its end is reached.
    if (at + 10 > tiles.length) void more();
    return tiles[at + by]?.id;
  },
};

startSession(() => {
  uploader.retryAll();
  void begin();
  route();
});
startDetail(() => {
  if (!location.hash.startsWith('#picture/')) return;
  // To replace the address by `#` would scroll to the top of the gallery.
  const view = viewNow === 'pictures' ? '' : `#${viewNow}`;
  history.replaceState(null, '', location.pathname + location.search + view);
  route();
});
startJobForm();

part('filters').addEventListener('submit', (event) => event.preventDefault());
for (const id of ['collection', 'status']) part(id).addEventListener('change', () => void begin());
part('kind').addEventListener('change', draw);
let typing: ReturnType<typeof setTimeout> | undefined;
const afterTyping = (work: () => unknown) => () => {
  clearTimeout(typing);
  typing = setTimeout(work, 250);
};
part('collection').addEventListener('input', afterTyping(begin));
part('search').addEventListener(
  'input',
  afterTyping(() => {
    draw();
    void shelf.byId().then(draw);
  }),
);
for (const event of ['darkroom-added', 'darkroom-removed']) document.addEventListener(event, showState);
document.addEventListener('darkroom-ready', () => void look());
document.addEventListener('darkroom-failed', (event) => {
  const { error } = (event as CustomEvent<{ error: Error & { code: string } }>).detail;
  if (error.code === 'unauthorized') complainOf(error);
});
document.addEventListener('visibilitychange', () => void live());
for (const event of ['online', 'offline'])
  addEventListener(event, () => {
    showNetwork();
    void live();
  });
addEventListener('hashchange', route);
showNetwork();
void begin();
route();
void live();
