import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { DarkroomUpload } from '../../../lib/client/element/darkroom-upload.ts';
import { tabMemory } from '../../../lib/client/element/memory.ts';
import { isUnderWay, type Kept } from '../../../lib/client/element/uploads.ts';
import { until } from '../../support/until.ts';
import { type ElementPage, imageAnswer, lookAt, openElementPage, readyAnswer, ticket } from './element-page.ts';

let page: ElementPage;
beforeAll(async () => {
  page = await openElementPage();
});
beforeEach(() => page.usual());

/** The head of a PNG, which says how large it is; `bytes` more follow. */
const png = (name = 'a.png', { width = 400, height = 300, bytes = 0 } = {}) => {
  const head = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'), Buffer.alloc(17 + bytes)]);
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(height, 20);
  head.set([8, 2], 24);
  return new File([head], name, { type: 'image/png' });
};
const held = () => {
  const { promise, resolve } = Promise.withResolvers<{ readonly status?: number; readonly body?: unknown }>();
  return { answer: () => promise, open: resolve };
};
const settled = () => new Promise((resolve) => setTimeout(resolve));
const posted = () => page.asked.filter(({ method }) => method === 'POST').map(({ body }) => body);
const placed = (...args: Parameters<ElementPage['put']>) => {
  const element = page.put(...args);
  const told: string[] = [];
  for (const name of ['added', 'progress', 'ready', 'failed', 'removed', 'finished'])
    page.document.body.addEventListener(`darkroom-${name}`, () => void told.push(name));
  /** Or the end of all, which then is another one. */
  const reached = async (...stages: string[]) => {
    const isThere = () => `${element.stages()}` === `${stages}`;
    await until(() => isThere() || (element.made.uploads.length > 0 && !element.made.uploads.some(isUnderWay)));
    expect(element.stages()).toEqual(stages);
  };
  /** Rows are made in tasks of their own. */
  const shown = (count: number) => until(() => element.all('li').length === count);
  return { ...element, told, reached, shown };
};
const button = ({ all }: Pick<ReturnType<typeof placed>, 'all'>, label: string) => {
  const found = all<HTMLButtonElement>('button').find((one) => (one.ariaLabel ?? one.textContent) === label);
  if (!found) throw new Error(`no button ${label}`);
  return found;
};

describe('a file that is chosen', () => {
  test('is sent with the attributes of the element, shows a preview, and becomes a picture that the form gets', async () => {
    const put = held();
    page.answers['PUT /put'] = put.answer;
    const element = placed({ collection: 'trips', preset: 'gallery', name: 'picture' }, (made) => {
      made.key = 'a key';
    });
    const { made, one, all, reached, told, internals } = element;
    expect([internals().value, internals().flags]).toEqual([[], {}]);
    made.add([png()]);
    await reached('uploading');
    await until(() => all('.thumbnail img').length === 1);
    expect(one<HTMLImageElement>('.thumbnail img').src).toMatch(/^blob:/);
    expect(one('li .name').textContent).toBe('a.png');
    expect(one('li .status').textContent).toBe('Uploading 0%');
    expect(one('[part="summary-text"]').textContent).toBe('0 of 1 ready');
    expect(internals()).toMatchObject({ flags: { customError: true }, message: 'Some pictures are still uploading.' });
    expect([button(element, 'Cancel: a.png').hidden, button(element, 'Try again: a.png').hidden]).toEqual([
      false,
      true,
    ]);
    expect(posted()).toEqual([
      {
        contentType: 'image/png',
        bytes: png().size,
        sha256: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/),
        filename: 'a.png',
        collection: 'trips',
        preset: 'gallery',
      },
    ]);
    expect(page.asked.find(({ method }) => method === 'POST')?.key).toBe('Bearer a key');
    put.open({});
    await reached('ready');
    expect(one('li .status').textContent).toBe('Ready · 1200 × 800');
    expect(made.images.map(({ id }) => id)).toEqual(['a'.repeat(26)]);
    // The smallest that is sharp at the size of a row takes the place of the preview.
    await until(() => one<HTMLImageElement>('.thumbnail img').src.endsWith('/v1/medium.webp'));
    expect(all('.thumbnail > *')).toHaveLength(1);
    expect(internals()).toMatchObject({ value: [`picture=${'a'.repeat(26)}`], flags: {} });
    expect([told[0], new Set(told.slice(1, -2)), ...told.slice(-2)]).toEqual([
      'added',
      new Set(['progress']),
      'ready',
      'finished',
    ]);
    expect(page.asked.findLast(({ path }) => path.startsWith('/v1/uploads/'))?.key).toBe('Bearer watch-a');
    const remove = button(element, 'Remove from the list: a.png');
    expect(remove.title).toBe('Remove from the list');
    remove.click();
    expect([made.uploads, all('li'), internals().value, told.at(-1)]).toEqual([[], [], [], 'removed']);
  });

  test('that is no picture, or larger than the service takes, is refused in a sentence and never sent', async () => {
    const element = placed();
    const { made, reached, shown, statuses, told } = element;
    made.add([new File(['text'], 'a.txt'), png('b.png', { bytes: 60_000 }), png('c.png', { width: 99 })]);
    await reached('failed', 'failed', 'failed');
    await shown(3);
    expect(statuses()).toEqual([
      'Not a picture. Choose JPEG, PNG, WebP, AVIF, or GIF.',
      expect.stringMatching(/; at most .+\.$/),
      '99 × 300 pixels; at least 100 × 100.',
    ]);
    expect([posted(), told.filter((name) => name === 'failed')]).toEqual([[], ['failed', 'failed', 'failed']]);
    expect(button(element, 'Try again: a.txt').hidden).toBe(true);
    button(element, 'Clear finished').click();
    expect(made.uploads).toEqual([]);
  });

  test('that was changed after it was chosen is said to be unreadable, where the store only says that it was refused', async () => {
    page.answers['PUT /put'] = { status: 400 };
    const [changed, same] = [png('a.png'), png('b.png')];
    const slice = changed.slice.bind(changed);
    let reads = 0;
    changed.slice = (...part) => {
      const piece = slice(...part);
      if (++reads > 1)
        piece.arrayBuffer = () => Promise.reject(new DOMException('It has changed.', 'NotReadableError'));
      return piece;
    };
    const { made, reached, shown, statuses } = placed();
    made.add([changed, same]);
    await reached('failed', 'failed');
    await shown(2);
    expect(statuses()).toEqual([
      'The browser could not read it. Choose it again, and check that it may be read.',
      'The store did not take the file (400).',
    ]);
  });

  test('can be cancelled, and sent again', async () => {
    page.answers['PUT /put'] = held().answer;
    const element = placed();
    const { made, reached, one } = element;
    made.add([png()]);
    await reached('uploading');
    await until(() => element.all('li').length === 1);
    button(element, 'Cancel: a.png').click();
    expect(element.stages()).toEqual(['cancelled']);
    expect([one('li .status').textContent, one<HTMLProgressElement>('li progress').hidden]).toEqual([
      'Cancelled',
      true,
    ]);
    // For one alone its own button is enough.
    await settled();
    expect([one('.summary button').hidden, one('.summary button:last-child').hidden]).toEqual([true, false]);
    page.answers['PUT /put'] = {};
    button(element, 'Try again: a.png').click();
    await reached('ready');
    made.cancel(made.uploads[0]?.number ?? -1);
    made.cancel(99);
    expect(element.stages()).toEqual(['ready']);
  });

  test('takes the place of the one before where the element is for a single picture', async () => {
    const { made, reached, one } = placed({ single: '' });
    made.add([png('a.png'), png('b.png')]);
    await reached('ready');
    made.add([png('c.png')]);
    await reached('ready');
    expect(made.uploads.map(({ name }) => name)).toEqual(['c.png']);
    expect([one<HTMLInputElement>('#files').multiple, one('button.folder').hidden]).toEqual([false, true]);
  });

  test('that is named as no person names one is left out, and a disabled element takes none', async () => {
    const { made, internals, all } = placed({ required: '' });
    made.add([png('.DS_Store'), png('Thumbs.db')]);
    expect(made.uploads).toEqual([]);
    expect(internals()).toMatchObject({ flags: { valueMissing: true }, message: 'Upload a picture.' });
    made.setAttribute('disabled', '');
    made.add([png()]);
    expect(made.uploads).toEqual([]);
    const isDisabled = () => all<HTMLButtonElement>('.buttons button').map(({ disabled }) => disabled);
    expect(isDisabled()).toEqual([true, true, true]);
    made.removeAttribute('disabled');
    made.formDisabledCallback(true);
    expect(isDisabled()).toEqual([true, true, true]);
    made.formDisabledCallback(false);
    expect(isDisabled()).toEqual([false, false, false]);
  });

  test('goes by a ticket of the page, where the page gives one', async () => {
    const files: string[] = [];
    const { made, reached } = placed({}, (one) => {
      one.ticket = async (file, request) => {
        files.push(`${file.name} ${request.contentType}`);
        return ticket('b') as never;
      };
    });
    made.add([png()]);
    await reached('ready');
    expect([files, posted(), made.images[0]?.id]).toEqual([['a.png image/png'], [], 'b'.repeat(26)]);
  });

  test('that wants a key waits for one, and goes on with all others once it is there', async () => {
    page.answers['POST /v1/images'] = ({ key }) =>
      key === 'Bearer right'
        ? { status: 201, body: ticket('a') }
        : { status: 401, body: { code: 'unauthorized', detail: 'No.', status: 401 } };
    const { made, reached, shown, statuses, one } = placed();
    made.add([png('a.png'), png('b.png')]);
    await reached('failed', 'failed');
    await shown(2);
    expect(statuses()).toEqual(['The service needs a valid key.', 'The service needs a valid key.']);
    made.key = () => 'right';
    expect(one('.summary button').hidden).toBe(false);
    one('.summary button').click();
    await reached('ready', 'ready');
    made.formResetCallback();
    expect(made.uploads).toEqual([]);
  });

  test('says in the language of the page how far it is', async () => {
    const { made, reached, one } = placed({ lang: 'de-AT' });
    expect(one('button.main').textContent).toBe('Bilder auswählen');
    made.strings = { choose: 'Her damit' };
    expect(one('button.main').textContent).toBe('Her damit');
    made.add([new File(['text'], 'a.txt')]);
    await reached('failed');
    await until(() =>
      one('li .status').textContent.startsWith('Kein Bild. Möglich sind JPEG, PNG, WebP, AVIF oder GIF.'),
    );
  });
});

describe('after a reload', () => {
  const image = (letter: string): Kept => ({
    id: letter.repeat(26),
    version: 1,
    token: `watch-${letter}`,
    name: `${letter}.png`,
    bytes: 9,
  });
  /** What an earlier page has left in the tab for such an element. */
  const leave = (name: string, ...kept: Kept[]) => {
    const place = `darkroom-upload ${page.service} /add  ${name} 0`;
    tabMemory(() => page.window.sessionStorage, place).write(kept);
    return placed({ name });
  };

  test('what had arrived becomes ready, and what had not is said to be interrupted', async () => {
    page.answers[lookAt('b')] = { body: imageAnswer('b', { status: 'pending', ready: null }) };
    page.answers[lookAt('c')] = { body: imageAnswer('c', { status: 'expired', ready: null }) };
    let looks = 0;
    const processing = imageAnswer('d', { status: 'processing', ready: null, progress: 0.5 });
    page.answers[lookAt('d')] = () => ({ body: ++looks > 2 ? imageAnswer('d') : processing });
    const { reached, made } = leave('reloaded', image('a'), image('b'), image('c'), image('d'), {
      name: 'e.png',
      bytes: 9,
    });
    await reached('ready', 'interrupted', 'interrupted', 'ready', 'interrupted');
    expect(made.uploads.map(({ name }) => name)).toEqual(['a.png', 'b.png', 'c.png', 'd.png', 'e.png']);
    expect(page.asked.find(({ path }) => lookAt('a').endsWith(path))?.key).toBe('Bearer watch-a');
  });

  test('a version that was followed by a newer one had arrived, though the newer one is still waited for', async () => {
    const newer = { version: 2, status: 'pending' as const, ready: readyAnswer('a') };
    page.answers[lookAt('a')] = { body: imageAnswer('a', newer) };
    await leave('followed', image('a')).reached('ready');
  });

  test('what was cancelled without its file cannot be sent again', async () => {
    page.answers[lookAt('a')] = held().answer;
    const element = leave('cancelled', image('a'));
    await element.reached('checking');
    await element.shown(1);
    button(element, 'Cancel: a.png').click();
    expect(button(element, 'Try again: a.png').hidden).toBe(true);
    element.made.retry(0);
    expect(element.stages()).toEqual(['cancelled']);
  });

  test('leaving the page is objected to only while something would be lost', async () => {
    const leaves = () => !page.tell('beforeunload', page.window as unknown as EventTarget).defaultPrevented;
    const put = held();
    page.answers['PUT /put'] = put.answer;
    const { made, reached } = placed();
    expect(leaves()).toBe(true);
    made.add([png()]);
    await reached('uploading');
    expect(leaves()).toBe(false);
    put.open({});
    await reached('ready');
    expect(leaves()).toBe(true);
  });
});

describe('files that come to the page', () => {
  type Transfer = { types: string[]; files: readonly File[]; items: readonly object[]; dropEffect: string };
  const transfer = (...files: File[]): Transfer => ({ types: ['Files'], files, items: [], dropEffect: 'move' });
  const names = ({ uploads }: DarkroomUpload) => uploads.map(({ name }) => name);
  const drop = async (on: EventTarget, dataTransfer: object) => {
    const event = page.tell('drop', on, { dataTransfer });
    await settled();
    return event.defaultPrevented;
  };
  const drag = (on: EventTarget, dataTransfer = transfer()) => {
    const { defaultPrevented } = page.tell('dragover', on, { dataTransfer });
    return [defaultPrevented, dataTransfer.dropEffect];
  };

  test('are taken by the first element wherever they are dropped, and by another one where they are dropped upon it', async () => {
    const [first, second] = [placed(), placed()];
    expect(drag(page.document.body)).toEqual([true, 'copy']);
    expect(await drop(page.document.body, transfer(png('a.png')))).toBe(true);
    expect([names(first.made), names(second.made)]).toEqual([['a.png'], []]);
    await drop(second.made, transfer(png('b.png')));
    expect([names(first.made), names(second.made)]).toEqual([['a.png'], ['b.png']]);
    first.made.remove();
    await drop(page.document.body, transfer(png('c.png')));
    expect(names(second.made)).toEqual(['b.png', 'c.png']);
  });

  test('are taken only upon an element that wants no more than that, and do not replace the page elsewhere', async () => {
    const { made } = placed({ drop: 'box' });
    expect([drag(page.document.body), drag(made)]).toEqual([
      [true, 'none'],
      [true, 'copy'],
    ]);
    expect(await drop(page.document.body, transfer(png('a.png')))).toBe(true);
    expect(await drop(made, transfer(png('b.png')))).toBe(true);
    expect(names(made)).toEqual(['b.png']);
  });

  test('are left to a field of the page for files, to a page that takes them itself, and text is left alone', async () => {
    const { made } = placed();
    const field = Object.assign(page.document.createElement('input'), { type: 'file' });
    page.document.body.append(field);
    expect([drag(field), await drop(field, transfer(png('a.png')))]).toEqual([[false, 'move'], false]);
    const own = page.document.createElement('div');
    own.addEventListener('drop', (event) => event.preventDefault());
    page.document.body.append(own);
    await drop(own, transfer(png('b.png')));
    expect(names(made)).toEqual([]);
    field.disabled = true;
    await drop(field, transfer(png('c.png')));
    expect(names(made)).toEqual(['c.png']);
    const text = { ...transfer(), types: ['text/plain'] };
    expect([drag(page.document.body, text), await drop(page.document.body, text)]).toEqual([[false, 'move'], false]);
    expect(names(made)).toEqual(['c.png']);
  });

  test('show where they can be dropped, for as long as they are over the page', async () => {
    const { made, one } = placed();
    const isOver = () => one('div').classList.contains('over');
    const dataTransfer = transfer(png());
    const seen = ['dragenter', 'dragenter', 'dragleave', 'dragleave'].map((type) => {
      page.tell(type, page.document.body, { dataTransfer });
      return isOver();
    });
    expect(seen).toEqual([true, true, true, false]);
    page.tell('dragenter', page.document.body, { dataTransfer: { ...dataTransfer, types: ['text/plain'] } });
    expect(isOver()).toBe(false);
    page.tell('dragenter', page.document.body, { dataTransfer });
    await drop(page.document.body, dataTransfer);
    expect(isOver()).toBe(false);
    made.setAttribute('disabled', '');
    page.tell('dragenter', page.document.body, { dataTransfer });
    expect(isOver()).toBe(false);
  });

  test('are pasted, but not into a field for text', () => {
    const { made } = placed();
    const text = page.document.createElement('textarea');
    page.document.body.append(text);
    const paste = (on: EventTarget, ...files: File[]) =>
      page.tell('paste', on, { clipboardData: { files } }).defaultPrevented;
    expect(paste(text, png('a.png'))).toBe(false);
    expect(paste(page.document.body)).toBe(false);
    expect(paste(page.document.body, png('b.png'))).toBe(true);
    expect(names(made)).toEqual(['b.png']);
  });

  test('are found in folders that are dropped, without what no person put there, and what cannot be read is said', async () => {
    const { made, shown, statuses } = placed();
    const file = (name: string) => ({
      isFile: true,
      name,
      file: (resolve: (found: File) => void) => resolve(png(name)),
    });
    const broken = {
      isFile: true,
      name: 'gone.png',
      file: (_: unknown, reject: (error: Error) => void) => reject(new Error()),
    };
    const folder = (name: string, ...pages: (readonly object[])[]) => ({
      isFile: false,
      isDirectory: true,
      name,
      createReader: () => {
        const left = [...pages];
        return { readEntries: (resolve: (some: readonly object[]) => void) => resolve(left.shift() ?? []) };
      },
    });
    const deep = folder('deep', [file('c.png')], [file('d.png')]);
    const items = [folder('all', [file('a.png'), file('.DS_Store')], [deep, broken]), file('e.png'), null].map(
      (entry) => ({
        webkitGetAsEntry: () => entry,
      }),
    );
    await drop(page.document.body, { ...transfer(), items });
    await until(() => made.uploads.length === 5);
    expect(names(made)).toEqual(['a.png', 'c.png', 'd.png', 'gone.png', 'e.png']);
    await shown(5);
    await until(
      () => statuses()[3] === 'The browser could not read it. Choose it again, and check that it may be read.',
    );
  });
});

test('a service that does not say its limits is asked again with the next files, and those that ship hold until then', async () => {
  page.answers['GET /v1/openapi.json'] = { status: 404 };
  const { made, one, reached } = placed();
  await until(() => page.asked.length === 1);
  await new Promise((resolve) => setTimeout(resolve));
  expect(one('.hint').textContent).toBe('JPEG, PNG, WebP, AVIF, or GIF, up to 10 MB each');
  page.answers['GET /v1/openapi.json'] = { body: { 'x-limits': { accept: ['image/jpeg'] } } };
  made.add([png()]);
  await reached('failed');
  expect(one('.hint').textContent).toBe('JPEG, up to 10 MB each');
});

test('the limits of a service are forgotten when the element gets another, also while that one does not answer', async () => {
  page.answers['GET /v1/openapi.json'] = { body: { 'x-limits': { accept: ['image/jpeg'] } } };
  const { made, one } = placed();
  await until(() => one('.hint').textContent === 'JPEG, up to 10 MB each');
  page.answers['GET /v1/openapi.json'] = { status: 404 };
  made.setAttribute('service', 'https://another.example');
  expect(one('.hint').textContent).toBe('JPEG, PNG, WebP, AVIF, or GIF, up to 10 MB each');
});

test('of many files the first rows are there at once, and all of them in the end', async () => {
  page.answers['POST /v1/images'] = held().answer;
  const { made, all, shown, one } = placed();
  made.add(Array.from({ length: 30 }, (_, at) => png(`${at}.png`)));
  await shown(30);
  expect(all('li .name').map(({ textContent }) => textContent)).toEqual(made.uploads.map(({ name }) => name));
  expect(one('[part="summary-text"]').textContent).toBe('0 of 30 ready');
  expect(one('[role=status]').textContent).toBe('30 added');
});
