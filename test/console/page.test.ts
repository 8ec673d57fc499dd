import { readFileSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { FiguresAnswer } from '../../lib/contract/answers.ts';
import { type ConsolePage, imageAnswer, jobAnswer, openConsolePage, readyAnswer } from './console-page.ts';

let page: ConsolePage;
const id = (letter: string) => letter.repeat(26);
const list = (items: readonly unknown[], nextCursor: string | null = null) => ({ body: { items, nextCursor } });
const first = [imageAnswer('d', { collection: 'trips' }), imageAnswer('c'), imageAnswer('b')];
const preset = { properties: { preset: { enum: ['web', 'gallery'] } } };
const usual = (): ConsolePage['answers'] => ({
  'GET /v1/images': list(first),
  'GET /v1/jobs': list([]),
  'GET /v1/openapi.json': { body: { components: { schemas: { UploadRequest: preset } } } },
});
const tiles = () => page.texts('#gallery li button').length;
const names = () => [...page.document.querySelectorAll('#gallery button')].map((one) => one.getAttribute('title'));
const since = (count: number, method = 'GET') =>
  page.asked
    .slice(count)
    .filter((one) => one.method === method)
    .map(({ path }) => path);
/** Types into a field and lets the page see it, at once. */
const enter = async (field: string, value: string, event = 'input') => {
  page.element<HTMLInputElement>(field).value = value;
  page.element(field).dispatchEvent(new page.window.Event(event) as unknown as Event);
  await page.pass(300);
};

beforeAll(async () => {
  page = await openConsolePage(usual(), () => import('../../lib/console/console.ts'));
});
beforeEach(async () => {
  for (const name of Object.keys(page.answers)) delete page.answers[name];
  Object.assign(page.answers, usual());
  await page.visit('#pictures');
  await page.pass(3000);
});

describe('the pictures', () => {
  test('are shown newest first, each with its name, its thumbnail and its place in the list', async () => {
    expect(names()).toEqual(['d.jpg', 'c.jpg', 'b.jpg']);
    const [tile] = page.document.querySelectorAll('#gallery li');
    // The smallest file of the picture's own shape that is not blurred in a row.
    expect(tile?.querySelector('img')?.src).toBe(`https://pictures.example/images/${id('d')}/v1/medium.webp`);
    expect(tile?.querySelector('button')?.ariaLabel).toBe('d.jpg, Ready');
    expect([tile?.ariaPosInSet, tile?.ariaSetSize]).toEqual(['1', '3']);
    expect(page.text('#count')).toBe('3');
    expect(page.element('#empty').hidden).toBe(true);
    expect(page.element('#pictures').classList.contains('none')).toBe(false);
  });

  test('are asked for again every three seconds while the page can be seen', async () => {
    const before = page.asked.length;
    await page.pass(3000);
    expect(since(before)).toEqual(['/v1/images?limit=50']);
    Object.defineProperty(page.document, 'visibilityState', { value: 'hidden', configurable: true });
    await page.pass(9000);
    expect(since(before)).toHaveLength(1);
    Object.defineProperty(page.document, 'visibilityState', { value: 'visible', configurable: true });
    await page.pass(3000);
    expect(since(before)).toHaveLength(2);
  });

  test('that are new come first, and those that are gone go', async () => {
    page.answers['GET /v1/images'] = list([imageAnswer('e'), ...first.slice(1)]);
    await page.pass(3000);
    expect(names()).toEqual(['e.jpg', 'c.jpg', 'b.jpg']);
    expect(page.document.querySelectorAll('#gallery li')).toHaveLength(3);
  });

  test('that are in the making say so, and are looked at one by one once they are no longer on the newest page', async () => {
    const making = imageAnswer('e', { status: 'processing', ready: null });
    const broken = imageAnswer('f', { status: 'failed', ready: readyAnswer('f') });
    const pending = imageAnswer('g', { status: 'pending', ready: null });
    page.answers['GET /v1/images'] = list([pending, broken, making, ...first]);
    await page.pass(3000);
    expect(names()).toEqual(['f.jpg', 'e.jpg', 'd.jpg', 'c.jpg', 'b.jpg']);
    expect(page.text('#gallery li:nth-child(2) .state')).toBe('In the makinge.jpg');
    expect(page.text('#gallery li:nth-child(1) .badge')).toBe('Failed');
    expect(page.document.querySelector('#gallery li:nth-child(3) .badge')).toBeNull();
    page.answers['GET /v1/images'] = list([broken], 'more');
    page.answers[`GET /v1/images/${making.id}`] = { body: imageAnswer('e') };
    const before = page.asked.length;
    await page.pass(3000);
    expect(since(before)).toContain(`/v1/images/${making.id}`);
    expect(page.document.querySelector('#gallery li:nth-child(2) .state')).toBeNull();
  });

  test('that were in the making go when they have been deleted elsewhere', async () => {
    const making = imageAnswer('e', { status: 'processing', ready: null });
    page.answers['GET /v1/images'] = ({ path }) => (path.includes('cursor=') ? list([making]) : list(first, 'older'));
    await enter('#status', '', 'change');
    expect(names()).toContain('e.jpg');
    page.answers[`GET /v1/images/${id('e')}`] = { status: 404, body: { code: 'not-found', detail: 'Gone.' } };
    await page.pass(3000);
    expect([names().includes('e.jpg'), page.element('#notice').hidden]).toEqual([false, true]);
  });

  test('of older pages follow while there is room, and the count says that there are more', async () => {
    page.answers['GET /v1/images'] = ({ path }) =>
      path.includes('cursor=') ? list([imageAnswer('a')], null) : list(first, 'older');
    await enter('#status', '', 'change');
    expect(names()).toEqual(['d.jpg', 'c.jpg', 'b.jpg', 'a.jpg']);
    expect(page.asked.some(({ path }) => path === '/v1/images?limit=100&cursor=older')).toBe(true);
    expect(page.text('#count')).toBe('4');
  });

  test('can be filtered by collection and status, which the service does, and by kind and name, which the page does', async () => {
    let before = page.asked.length;
    await enter('#collection', 'trips');
    expect(since(before)).toContain('/v1/images?collection=trips&limit=50');
    await enter('#collection', '', 'change');
    before = page.asked.length;
    await enter('#status', 'processing,retrying', 'change');
    expect(since(before)).toContain('/v1/images?status=processing%2Cretrying&limit=50');
    await enter('#status', '', 'change');
    await enter('#kind', 'graphic', 'change');
    expect([tiles(), page.text('#empty'), page.element('#empty').hidden]).toEqual([0, 'No picture matches.', false]);
    expect(page.element('#pictures').classList.contains('none')).toBe(false);
    await enter('#kind', 'photo', 'change');
    expect(tiles()).toBe(3);
    await enter('#kind', '', 'change');
    await enter('#search', 'C.JP');
    expect(names()).toEqual(['c.jpg']);
    await enter('#search', id('b'));
    expect(names()).toEqual(['b.jpg']);
    await enter('#search', '');
  });

  test('are found by their ids at once, however old they are', async () => {
    page.answers['GET /v1/images'] = ({ path }) => (path.includes('cursor=') ? list([]) : list(first, 'older'));
    page.answers[`GET /v1/images/${id('a')}`] = { body: imageAnswer('a') };
    await enter('#search', id('a'));
    expect(names()).toEqual(['a.jpg']);
    await enter('#search', '');
  });

  test('that there are none of are said to be none', async () => {
    page.answers['GET /v1/images'] = list([]);
    await enter('#status', '', 'change');
    expect(page.text('#empty')).toBe('No picture yet. What you upload is shown here.');
    expect(page.element('#pictures').classList.contains('none')).toBe(true);
    expect(page.text('#count')).toBe('');
  });

  test('that are ready by now leave a list of what is in the making, but one is found by its id', async () => {
    const making = (letter: string) => imageAnswer(letter, { status: 'processing', ready: null });
    page.answers['GET /v1/images'] = ({ path }) =>
      path.includes('cursor=') ? list([making('a')]) : list([making('e')], 'older');
    await enter('#status', 'processing,retrying', 'change');
    expect(names()).toEqual(['e.jpg', 'a.jpg']);
    page.answers[`GET /v1/images/${id('a')}`] = { body: imageAnswer('a') };
    await page.pass(3000);
    expect(names()).toEqual(['e.jpg']);
    await enter('#search', id('a'));
    expect(names()).toEqual(['a.jpg']);
    await enter('#search', '');
    await enter('#status', '', 'change');
  });

  test('of one moment are in the order of their ids', async () => {
    const createdAt = '2026-10-09T10:00:00.000Z';
    page.answers['GET /v1/images'] = list(['h', 'g', 'i'].map((letter) => imageAnswer(letter, { createdAt })));
    await page.pass(3000);
    expect(names()).toEqual(['i.jpg', 'h.jpg', 'g.jpg']);
  });

  test('of older pages stay while the newest page changes, and go after a gap that is not known', async () => {
    page.answers['GET /v1/images'] = ({ path }) =>
      path.includes('cursor=') ? list([imageAnswer('a')]) : list(first, 'older');
    await enter('#status', '', 'change');
    page.answers['GET /v1/images'] = list([imageAnswer('f'), ...first.slice(0, 2)], 'later');
    await page.pass(3000);
    expect(names()).toEqual(['f.jpg', 'd.jpg', 'c.jpg', 'b.jpg', 'a.jpg']);
    page.answers['GET /v1/images'] = list([imageAnswer('f'), imageAnswer('c')], 'later');
    await page.pass(3000);
    expect(names()).toEqual(['f.jpg', 'c.jpg', 'b.jpg', 'a.jpg']);
    page.answers['GET /v1/images'] = ({ path }) =>
      path.includes('cursor=') ? list([]) : list([imageAnswer('z'), imageAnswer('y')], 'after the gap');
    await page.pass(3000);
    expect(names()).toEqual(['z.jpg', 'y.jpg']);
    expect(page.asked.some(({ path }) => path.includes('cursor=after+the+gap'))).toBe(true);
  });

  test('that cannot be listed leave a sentence, until they can', async () => {
    page.answers['GET /v1/images'] = { status: 400, body: { code: 'invalid-request', detail: 'It does not fit.' } };
    await page.pass(3000);
    expect(page.text('#notice')).toBe('The pictures cannot be listed. It does not fit.');
    expect(page.element('#notice').hidden).toBe(false);
    page.answers['GET /v1/images'] = list(first);
    await page.pass(3000);
    expect(page.element('#notice').hidden).toBe(true);
  });

  test('are looked at again when one of them is ready, and not while there is no network', async () => {
    let before = page.asked.length;
    page.document.dispatchEvent(new page.window.Event('darkroom-ready') as unknown as Event);
    await page.pass(0);
    expect(since(before)).toEqual(['/v1/images?limit=50']);
    Object.assign(navigator, { onLine: false });
    page.window.dispatchEvent(new page.window.Event('offline'));
    expect(page.element('#offline').hidden).toBe(false);
    before = page.asked.length;
    await page.pass(9000);
    expect(since(before)).toEqual([]);
    Object.assign(navigator, { onLine: true });
    page.window.dispatchEvent(new page.window.Event('online'));
    await page.pass(0);
    expect(page.element('#offline').hidden).toBe(true);
    expect(since(before)).toEqual(['/v1/images?limit=50']);
  });
});

describe('selected pictures', () => {
  const press = (at: number, keys?: MouseEventInit) => page.click(`#gallery li:nth-child(${at}) button`, keys);
  const pressed = () =>
    [...page.document.querySelectorAll('#gallery button')].map((one) => one.getAttribute('aria-pressed'));
  const chosen = () => page.text('#selection-count');

  test('are chosen one by one, as a range, or all at once, and forgotten when the selection ends', async () => {
    expect(pressed()).toEqual([null, null, null]);
    await page.click('#select');
    expect([page.element('#selection').hidden, chosen()]).toEqual([false, 'Choose pictures']);
    expect(page.element<HTMLButtonElement>('#selection-delete').disabled).toBe(true);
    await press(1);
    expect([pressed(), chosen()]).toEqual([['true', 'false', 'false'], '1 picture chosen']);
    expect(page.element<HTMLButtonElement>('#selection-delete').disabled).toBe(false);
    await press(3, { shiftKey: true });
    expect([pressed(), chosen()]).toEqual([['true', 'true', 'true'], '3 pictures chosen']);
    await press(2);
    expect(pressed()).toEqual(['true', 'false', 'true']);
    await page.click('#selection-all');
    expect(chosen()).toBe('3 pictures chosen');
    await page.click('#select');
    expect([page.element('#selection').hidden, page.element('#select').ariaPressed]).toEqual([true, 'false']);
    await press(2, { ctrlKey: true });
    expect(pressed()).toEqual(['false', 'true', 'false']);
    await page.click('#select');
    await press(1, { metaKey: true });
    expect(chosen()).toBe('1 picture chosen');
    await page.click('#select');
    expect(page.window.location.hash).toBe('#pictures');
  });

  test('are reprocessed as a job, and what the service refuses is said', async () => {
    await press(1, { ctrlKey: true });
    page.answers['POST /v1/jobs'] = { status: 400, body: { code: 'invalid-request', detail: 'Not now.' } };
    await page.click('#selection-reprocess');
    expect([page.text('#selection-said'), page.element('#selection-said').className]).toEqual(['Not now.', 'bad']);
    page.answers['POST /v1/jobs'] = { body: jobAnswer('j') };
    await page.click('#selection-reprocess');
    expect(page.asked.at(-1)).toMatchObject({ path: '/v1/jobs', body: { action: 'reprocess', ids: [id('d')] } });
    expect([page.text('#selection-said'), page.element('#selection-said').className]).toEqual([
      '1 picture will be made again. See Jobs.',
      '',
    ]);
    expect(chosen()).toBe('Choose pictures');
    await page.click('#select');
  });

  test('are deleted only once a person has agreed', async () => {
    page.answers[`DELETE /v1/images/${id('d')}`] = { body: { id: id('d'), objects: 6 } };
    await press(1, { ctrlKey: true });
    await page.click('#selection-delete');
    expect(page.text('#sure-text')).toContain('This deletes 1 original and every variant');
    await page.click('#sure-buttons button:nth-child(2)');
    expect(page.text('#selection-said')).toBe('Nothing was deleted.');
    expect(tiles()).toBe(3);
    await page.click('#selection-delete');
    page.answers['GET /v1/images'] = list(first.slice(1));
    await page.click('#sure-buttons button:nth-child(1)');
    expect(page.text('#selection-said')).toBe('1 picture with 6 files were deleted.');
    expect(names()).toEqual(['c.jpg', 'b.jpg']);
    await page.click('#select');
    expect(page.text('#selection-said')).toBe('');
  });

  test('are all deleted though one of them is gone already', async () => {
    const receipt = (letter: string) => ({ body: { id: id(letter), objects: 6 } });
    page.answers[`DELETE /v1/images/${id('d')}`] = receipt('d');
    page.answers[`DELETE /v1/images/${id('b')}`] = receipt('b');
    await page.click('#select');
    await page.click('#selection-all');
    await page.click('#selection-delete');
    const before = page.asked.length;
    page.answers['GET /v1/images'] = list([]);
    await page.click('#sure-buttons button:nth-child(1)');
    expect(since(before, 'DELETE')).toEqual(['d', 'c', 'b'].map((letter) => `/v1/images/${id(letter)}`));
    expect(page.text('#selection-said')).toBe('3 pictures with 12 files were deleted.');
    expect([chosen(), tiles()]).toEqual(['Choose pictures', 0]);
    await page.click('#select');
  });

  test('that the service does not delete stay chosen, and the reason is said', async () => {
    const refusal = { status: 409, body: { code: 'conflict', detail: 'It is under way.' } };
    page.answers[`DELETE /v1/images/${id('d')}`] = refusal;
    await press(1, { ctrlKey: true });
    await page.click('#selection-delete');
    await page.click('#sure-buttons button:nth-child(1)');
    expect([page.text('#selection-said'), page.element('#selection-said').className]).toEqual([
      'It is under way.',
      'bad',
    ]);
    expect([chosen(), tiles()]).toEqual(['1 picture chosen', 3]);
    await page.click('#select');
  });
});

describe('the page of one picture', () => {
  const open = async (letter: string, image = imageAnswer(letter)) => {
    page.answers[`GET /v1/images/${id(letter)}`] = { body: image };
    // The address of the page that is open already would change nothing.
    if (page.window.location.hash.startsWith('#picture/')) await page.visit('#pictures');
    await page.visit(`#picture/${id(letter)}`);
  };
  const facts = () => {
    const heads = page.texts('#detail-body .side dt');
    return Object.fromEntries(heads.map((head, at) => [head, page.texts('#detail-body .side dd')[at]]));
  };
  const button = (name: string) => {
    const found = [...page.document.querySelectorAll<HTMLButtonElement>('#detail-body button')];
    const at = found.find(({ textContent }) => textContent === name);
    if (!at) throw new Error(`no button ${name}`);
    return at;
  };
  const press = async (name: string) => {
    button(name).click();
    await page.pass(0);
  };
  const said = () => page.text('#detail-body .actions [role=status]');

  test('opens from the gallery, and says what is known of it', async () => {
    page.answers[`GET /v1/images/${id('d')}`] = { body: imageAnswer('d', { collection: 'trips' }) };
    await page.click('#gallery li:nth-child(1) button');
    expect(page.window.location.hash).toBe(`#picture/${id('d')}`);
    await page.visit(`#picture/${id('d')}`);
    expect(page.text('#detail-title')).toBe('d.jpg');
    expect(facts()).toMatchObject({
      Id: id('d'),
      Status: 'Ready',
      Collection: 'trips',
      Original: '1200 × 800, 2 KB, image/jpeg',
      Variants: '5 files, 26 KB, version 1, photo',
      Score: '75.3 to 75.3',
      Recipe: 'r1',
      Manifest: 'manifest.json',
    });
    expect(page.texts('#detail-body section h3')).toEqual(['Code for your page', 'Variants', 'Timeline']);
    expect(page.texts('#detail-body table tbody tr:nth-child(1) td').slice(0, 5)).toEqual([
      'large.webp',
      '900 × 600',
      '9 KB',
      '80',
      '75.3',
    ]);
    expect(page.texts('#detail-body .timeline li > span')).toEqual([
      'First ticket given',
      'Original of version 1 arrived',
      'Attempt 1 that made version 1 began',
      '5 files were stored',
      'Version 1 ready, 900 ms after the render began (processor time 800 ms)',
    ]);
    expect(page.text('#detail-body .timeline small')).toBe(
      'decode 100 ms · resize 200 ms · encode 300 ms · score 50 ms · deliver 20 ms',
    );
  });

  test('of a failed image says why, and of one that is in the making how far it is', async () => {
    const error = { code: 'corrupt' as const, message: 'The file ends early.' };
    const original = { contentType: 'image/jpeg', bytes: 10, sha256: null, width: null, height: null };
    await open('x', imageAnswer('x', { status: 'failed', ready: null, error, original, attempts: 2, filename: null }));
    expect(page.text('#detail-title')).toBe(id('x'));
    expect(page.text('#detail-body .empty')).toBe('The file ends early.');
    expect(facts()).toMatchObject({
      Status: 'Failed: The file ends early.',
      Collection: '–',
      Original: '1 KB, image/jpeg',
    });
    expect(page.texts('#detail-body .timeline li > span')).toContain(
      'Version 1 failed after 2 attempts: The file ends early.',
    );
    await open('y', imageAnswer('y', { status: 'processing', ready: null, version: 2 }));
    expect(page.text('#detail-body .empty')).toBe('In the making');
    expect(page.texts('#detail-body .timeline li > span')).toEqual(
      expect.arrayContaining(['Version 2 asked for', 'Original of version 2 arrived', 'Attempt 1 of version 2 began']),
    );
    const ended = [
      ['2026-11-20T10:00:01.100Z', '2026-11-20T10:00:01.200Z', 'a disk could not be read or written', false],
      ['2026-11-20T10:00:01.300Z', '2026-11-20T10:00:01.400Z', 'the renderer did not answer in time', true],
      ['2026-11-20T10:00:01.500Z', null, 'the renderer was killed', true],
    ] as const;
    const endedAttempts = ended.map(([startedAt, endedAt, reason, counted]) => ({
      ...{ startedAt, endedAt, reason, counted },
      trouble: 'unknown' as const,
    }));
    const tried = [
      'Attempt 1 of version 1 began',
      'Attempt 1 of version 1 ended without a result: a disk could not be read or written. It does not count',
      'Attempt 1 of version 1 began',
      'Attempt 1 of version 1 ended without a result: the renderer did not answer in time',
      'Attempt 2 of version 1 began, and has no end: the renderer was killed',
    ];
    await open('w', imageAnswer('w', { attempts: 3, ready: readyAnswer('w', { endedAttempts }), endedAttempts }));
    expect(page.texts('#detail-body .timeline li > span').slice(2, 8)).toEqual([
      ...tried,
      'Attempt 3 that made version 1 began',
    ]);
    await open('v', imageAnswer('v', { status: 'failed', ready: null, error, attempts: 3, endedAttempts }));
    expect(page.texts('#detail-body .timeline li > span').slice(2, 8)).toEqual([
      ...tried,
      'Attempt 3 of version 1 began',
    ]);
    const waits = endedAttempts.slice(0, 2);
    const startedAt = waits[1]?.startedAt ?? null;
    await open(
      'u',
      imageAnswer('u', { status: 'retrying', ready: null, attempts: 1, endedAttempts: waits, startedAt }),
    );
    expect(page.texts('#detail-body .timeline li > span').slice(2)).toEqual(tried.slice(0, 4));
    await open('z', imageAnswer('z', { status: 'expired', ready: null, arrivedAt: null, startedAt: null }));
    expect(page.texts('#detail-body .timeline li > span')).toEqual(
      expect.arrayContaining(['First ticket given', 'The ticket ended without an upload']),
    );
  });

  test('of an image that is gone says so', async () => {
    await page.visit(`#picture/${id('q')}`);
    expect(page.text('#detail-body [role=alert]')).toBe('There is nothing here.');
  });

  test('does not lay the original of a version that is not ready beside the files of an older one', async () => {
    const original = { url: 'https://pictures.example/original', version: 2 };
    page.answers[`GET /v1/images/${id('d')}/original`] = { body: original };
    const error = { code: 'corrupt', message: 'It ends early.' } as const;
    await open('d', imageAnswer('d', { version: 2, status: 'failed', error }));
    await press('Compare');
    expect(page.text('#detail-body .compare .hint')).toBe(
      'The original cannot be shown: the service gives that of version 2, and these files were made of that of version 1.',
    );
    expect(page.element<HTMLImageElement>('#detail-body .before').getAttribute('src')).toBeNull();
    await open('d', imageAnswer('d', { version: 2, ready: readyAnswer('d', { version: 2, source: 2 }) }));
    await press('Compare');
    expect(page.element<HTMLImageElement>('#detail-body .before').src).toBe(original.url);
  });

  test.each([
    ['before the one that is stored, by a reprocess that overtook its upload', { version: 3, source: 1 }, 2],
    ['after the one that is stored, because an older one is being made again', { version: 2, source: 2 }, 1],
  ])('does not lay an original beside files that were made of the one %s', async (_, ready, version) => {
    page.answers[`GET /v1/images/${id('d')}/original`] = { body: { url: 'https://pictures.example/other', version } };
    const error = { code: 'gave-up', message: 'It was tried three times.' } as const;
    await open('d', imageAnswer('d', { version: 4, status: 'failed', error, ready: readyAnswer('d', ready) }));
    await press('Compare');
    expect(page.text('#detail-body .compare .hint')).toBe(
      `The original cannot be shown: the service gives that of version ${version}, and these files were made of that of version ${ready.source}.`,
    );
    expect(page.element<HTMLImageElement>('#detail-body .before').getAttribute('src')).toBeNull();
  });

  test('shows the picture, its crops with the point they were cut around, and the original beside a file', async () => {
    page.answers[`GET /v1/images/${id('d')}/original`] = {
      body: { url: 'https://pictures.example/original', version: 1 },
    };
    await open('d');
    expect(page.element<HTMLImageElement>('#detail-body img.whole').width).toBe(1200);
    await press('Crops');
    expect(page.text('#detail-body .where figcaption')).toBe(
      'square: cut around the point at 40 % from the left, 60 % from the top.',
    );
    expect(page.element('#detail-body rect').getAttribute('x')).toBe('300');
    expect(page.element('#detail-body circle').getAttribute('cx')).toBe('480');
    expect(page.texts('#detail-body .crops figcaption')).toEqual(['square.webp, 400 × 400']);
    await press('Compare');
    expect(page.texts('#detail-body .compare option')).toEqual(
      expect.arrayContaining(['large.webp, 900 × 600, 9 KB, quality 80, score 75.3', 'Fit', '1:1']),
    );
    expect(page.element<HTMLImageElement>('#detail-body .before').src).toBe('https://pictures.example/original');
    expect(page.element<HTMLImageElement>('#detail-body .after').src).toContain('large.webp');
    expect(page.text('#detail-body .tag.right')).toBe('WEBP 9 KB');
    expect(page.element('#detail-body .canvas').style.width).toBe('450px');
    const which = page.element<HTMLSelectElement>('#detail-body .compare select');
    which.value = '2';
    which.dispatchEvent(new page.window.Event('change') as unknown as Event);
    expect(page.element<HTMLImageElement>('#detail-body .after').src).toContain('medium.webp');
    await press('Picture');
    expect(page.element<HTMLImageElement>('#detail-body img.whole').alt).toBe('d.jpg');
  });

  test('moves the line between the original and a file where a person presses or draws, but not where one scrolls', async () => {
    page.answers[`GET /v1/images/${id('d')}/original`] = { body: { url: 'https://pictures.example/original' } };
    await open('d');
    await press('Compare');
    const frame = page.element('#detail-body .frame');
    Object.defineProperty(frame, 'clientWidth', { value: 200 });
    const line = page.element<HTMLInputElement>('#detail-body .compare input[type=range]');
    const point = (type: string, on: Element, clientX: number, buttons = 1) => {
      const event = new page.window.Event(type, { bubbles: true });
      on.dispatchEvent(Object.assign(event, { clientX, buttons }) as unknown as Event);
      return line.value;
    };
    expect(line.value).toBe('50');
    expect(point('pointerdown', page.element('#detail-body .canvas'), 40)).toBe('20');
    expect(page.element('#detail-body .line').style.left).toBe('40px');
    expect(point('pointermove', frame, 150)).toBe('75');
    expect(point('pointermove', frame, 20, 0)).toBe('75');
    // The bar that scrolls belongs to the frame.
    expect(point('pointerdown', frame, 20)).toBe('75');
  });

  test('without crops has no view of them, and cuts from the middle have no point', async () => {
    const { variants } = readyAnswer('c');
    await open('c', imageAnswer('c', { ready: readyAnswer('c', { variants: variants.slice(0, 2) }) }));
    expect(
      page.texts('#detail-body .choice[aria-label=View] button, #detail-body .choice button').slice(0, 3),
    ).not.toContain('Crops');
    const crops = [{ name: 'square', left: 0, top: 0, width: 1, height: 0.5, focus: null }];
    await open('c', imageAnswer('c', { ready: readyAnswer('c', { crops }) }));
    await press('Crops');
    expect(page.text('#detail-body .where figcaption')).toBe('square: cut from the middle.');
    expect(page.document.querySelector('#detail-body circle')).toBeNull();
    await open('c', imageAnswer('c', { ready: readyAnswer('c', { crops: null }) }));
    await press('Crops');
    expect(page.document.querySelector('#detail-body .where')).toBeNull();
  });

  test('says of files without a quality whether every pixel is kept', async () => {
    const [file] = readyAnswer('c').variants;
    if (!file) throw new Error('no file');
    const variants = [null, 100, 98].map((score) => ({ ...file, quality: null, score }));
    await open('c', imageAnswer('c', { ready: readyAnswer('c', { variants }) }));
    const cells = (column: number) => page.texts(`#detail-body .wide tbody td:nth-child(${column})`);
    expect(cells(4).slice(0, 3)).toEqual(['lossless', 'lossless', 'near-lossless']);
    expect(cells(5).slice(0, 3)).toEqual(['–', '100.0', '98.0']);
    await press('Compare');
    expect(page.texts('#detail-body .compare option').slice(0, 3)).toEqual([
      'large.webp, 900 × 600, 9 KB, lossless',
      'large.webp, 900 × 600, 9 KB, lossless, score 100.0',
      'large.webp, 900 × 600, 9 KB, near-lossless, score 98.0',
    ]);
  });

  test('copies code and addresses', async () => {
    await open('d');
    button('Vue, Nuxt').click();
    expect(page.text('#detail-body pre')).toContain('<script setup>');
    await press('Copy');
    expect(navigator).toMatchObject({ copied: page.text('#detail-body pre') });
    expect(page.text('#spoken')).toBe('Copied the code.');
    expect(button('Copied')).toBeDefined();
    await page.pass(1500);
    expect(() => button('Copied')).toThrow();
  });

  test.each([
    [true, 'Copied', 'Copied the code.'],
    [false, 'Not allowed', 'The browser does not allow this page to copy the code.'],
  ])('copies by the old command where a page has no clipboard; allowed: %s', async (isAllowed, word, spoken) => {
    const { clipboard } = navigator;
    Object.assign(navigator, { clipboard: undefined });
    let selected = '';
    const execCommand = (command: string) => {
      const field = page.document.activeElement as HTMLTextAreaElement;
      selected = `${command} ${field.value.slice(field.selectionStart, field.selectionEnd)}`;
      return isAllowed;
    };
    Object.assign(page.document, { execCommand });
    await open('d');
    await press('Copy');
    expect(selected).toBe(`copy ${page.text('#detail-body pre')}`);
    expect([page.text('#spoken'), page.document.activeElement?.textContent]).toEqual([spoken, word]);
    expect(page.document.querySelector('#detail-body textarea')).toBeNull();
    await page.pass(1500);
    expect(button('Copy')).toBeDefined();
    Object.assign(navigator, { clipboard });
  });

  test('says so where the browser refuses its clipboard', async () => {
    const { clipboard } = navigator;
    Object.assign(navigator, { clipboard: { writeText: () => Promise.reject(new Error('no')) } });
    await open('d');
    await press('Copy');
    expect(page.text('#spoken')).toBe('The browser does not allow this page to copy the code.');
    Object.assign(navigator, { clipboard });
  });

  test('reprocesses with another preset, and says what the service refuses', async () => {
    await open('d');
    page.answers[`POST /v1/images/${id('d')}/reprocess`] = {
      status: 409,
      body: { code: 'conflict', detail: 'It is under way.' },
    };
    await press('Reprocess');
    expect([said(), page.element('#detail-body .actions [role=status]').className]).toEqual([
      'It is under way.',
      'bad',
    ]);
    expect(page.asked.findLast(({ method }) => method === 'POST')?.body).toEqual({});
    page.answers[`POST /v1/images/${id('d')}/reprocess`] = { body: { id: id('d'), version: 2 } };
    page.element<HTMLSelectElement>('#detail-body .joined select').value = 'gallery';
    await press('Reprocess');
    expect(page.asked.findLast(({ method }) => method === 'POST')?.body).toEqual({ preset: 'gallery' });
    expect([said(), page.element('#detail-body .actions [role=status]').className]).toEqual([
      'Version 2 is in the making.',
      '',
    ]);
    expect(button('Reprocess').disabled).toBe(false);
  });

  test('deletes after a second press, and shows the receipt', async () => {
    await open('d');
    page.answers[`DELETE /v1/images/${id('d')}`] = {
      body: { id: id('d'), deletedAt: '2026-11-22T10:00:00.000Z', objects: 2, keys: ['one', 'two'], purged: 'pending' },
    };
    await press('Delete');
    expect(said()).toContain('Press again to delete.');
    const before = page.asked.length;
    page.answers['GET /v1/images'] = list(first.slice(1));
    await press('Delete for good');
    expect(since(before, 'DELETE')).toEqual([`/v1/images/${id('d')}`]);
    expect(page.text('#detail-title')).toBe('Deleted');
    expect(page.text('#detail-body p')).toContain('The CDN is told to forget the pictures');
    expect(page.text('#detail-body pre')).toBe('one\ntwo');
    await open('c');
    page.answers[`DELETE /v1/images/${id('c')}`] = {
      body: { id: id('c'), deletedAt: '2026-11-22T10:00:00.000Z', objects: 2, keys: [], purged: null },
    };
    await press('Delete');
    await press('Delete for good');
    expect(page.text('#detail-body p')).not.toContain('CDN');
  });

  const making = (letter: string) => ({
    body: imageAnswer(letter, { status: 'processing', ready: null, version: 2 }),
  });

  test.each([
    ['is found ready', { body: imageAnswer('d', { version: 2, ready: readyAnswer('d', { version: 2 }) }) }],
    ['is gone', { status: 404, body: { code: 'not-found', detail: 'There is nothing here.' } }],
  ])('keeps the receipt of its deletion when a look that was under way %s', async (_what, answer) => {
    const late = Promise.withResolvers<typeof answer>();
    await open('d', making('d').body);
    page.answers[`GET /v1/images/${id('d')}`] = () => late.promise;
    await page.pass(2000);
    page.answers[`DELETE /v1/images/${id('d')}`] = {
      body: { id: id('d'), deletedAt: '2026-11-22T10:00:00.000Z', objects: 2, keys: ['one'], purged: null },
    };
    await press('Delete');
    await press('Delete for good');
    late.resolve(answer);
    await page.pass(0);
    expect(page.text('#detail-title')).toBe('Deleted');
    const before = page.asked.length;
    await page.pass(10_000);
    expect(since(before)).not.toContain(`/v1/images/${id('d')}`);
  });

  test('goes on looking at what is in the making after a deletion that is refused', async () => {
    await open('d', making('d').body);
    page.answers[`DELETE /v1/images/${id('d')}`] = { status: 403, body: { code: 'forbidden', detail: 'Not you.' } };
    await press('Delete');
    await press('Delete for good');
    expect(said()).toBe('Not you.');
    page.answers[`GET /v1/images/${id('d')}`] = { body: imageAnswer('d') };
    await page.pass(2000);
    expect(page.text('#spoken')).toBe('d.jpg: Ready');
  });

  test('that could not be reached is asked for again by a button', async () => {
    page.answers[`GET /v1/images/${id('d')}`] = { status: 400, body: { code: 'invalid-request', detail: 'Not now.' } };
    await page.visit(`#picture/${id('d')}`);
    expect(page.text('#detail-body [role=alert]')).toBe('Not now.');
    page.answers[`GET /v1/images/${id('d')}`] = { body: imageAnswer('d') };
    await press('Try again');
    expect(page.text('#detail-title')).toBe('d.jpg');
  });

  test('keeps the focus in its window when it is drawn again, and when it is deleted', async () => {
    await open('d', making('d').body);
    button('Reprocess').focus();
    page.answers[`GET /v1/images/${id('d')}`] = { body: imageAnswer('d') };
    await page.pass(2000);
    expect(page.text('#spoken')).toBe('d.jpg: Ready');
    expect(page.document.activeElement === button('Reprocess')).toBe(true);
    page.answers[`DELETE /v1/images/${id('d')}`] = {
      body: { id: id('d'), deletedAt: '2026-11-22T10:00:00.000Z', objects: 2, keys: ['one'], purged: null },
    };
    button('Delete').focus();
    await press('Delete');
    await press('Delete for good');
    expect(page.document.activeElement?.id).toBe('detail-title');
  });

  test('that is deleted elsewhere while it is in the making says so, and leaves the gallery', async () => {
    page.answers['GET /v1/images'] = list([making('e').body, ...first]);
    await page.pass(3000);
    await open('e', making('e').body);
    page.answers[`GET /v1/images/${id('e')}`] = { status: 404, body: { code: 'not-found', detail: 'It is gone.' } };
    page.answers['GET /v1/images'] = list(first);
    await page.pass(2000);
    expect([page.text('#detail-title'), page.text('#detail-body')]).toEqual(['Picture', 'It is gone.']);
    expect(names()).not.toContain('e.jpg');
    const before = page.asked.length;
    await page.pass(10_000);
    expect(since(before)).not.toContain(`/v1/images/${id('e')}`);
  });

  describe('that is closed before an answer comes', () => {
    const closed = () => !page.element<HTMLDialogElement>('#detail').open && page.texts('#detail-body *').length === 0;
    const versionTicket = (letter: string) => ({
      body: {
        ...{ id: id(letter), version: 2 },
        upload: { url: 'https://pictures.example/put', method: 'PUT', headers: {}, expiresAt: '' },
      },
    });
    const chooseVersion = async (name = 'new.png') => {
      const file = page.element<HTMLInputElement>('#detail-body input[type=file]');
      // Its name says that it is a PNG, its bytes that it is a WebP.
      Object.defineProperty(file, 'files', { value: [new File(['RIFF    WEBPVP8 '], name, { type: 'image/png' })] });
      const before = page.asked.length;
      file.dispatchEvent(new page.window.Event('change') as unknown as Event);
      // The digest of the file is made by other threads.
      while (since(before, 'POST').length === 0) await page.pass(0);
    };
    const leaves = () => {
      const leaving = new page.window.Event('beforeunload', { cancelable: true });
      page.window.dispatchEvent(leaving);
      return !leaving.defaultPrevented;
    };

    test('stays closed when its new version is ready, and that is said', async () => {
      await open('d');
      page.answers[`POST /v1/images/${id('d')}/versions`] = versionTicket('d');
      page.answers['PUT /put'] = { body: '' };
      page.answers[`GET /v1/images/${id('d')}`] = making('d');
      await chooseVersion();
      await page.pass(0);
      expect(page.asked.findLast(({ method }) => method === 'POST')?.body).toMatchObject({ contentType: 'image/webp' });
      expect(page.asked.at(-1)?.path).toContain(`/v1/images/${id('d')}`);
      await page.click('#close');
      expect(leaves()).toBe(false);
      const image = imageAnswer('d', { version: 2, ready: readyAnswer('d', { version: 2 }) });
      page.answers[`GET /v1/images/${id('d')}`] = { body: image };
      await page.pass(20_000);
      expect(page.text('#spoken')).toBe('Version 2 is ready.');
      expect([closed(), page.window.location.hash]).toEqual([true, '']);
      expect(leaves()).toBe(true);
    });

    describe('and whose new version is refused meanwhile', () => {
      const refusal = { status: 413, body: { code: 'too-large', detail: 'The file has 12 MB.', status: 413 } };
      const late = async (meanwhile: () => Promise<void>) => {
        const answer = Promise.withResolvers<typeof refusal>();
        await open('d');
        page.answers[`POST /v1/images/${id('d')}/versions`] = () => answer.promise;
        await chooseVersion();
        await meanwhile();
        answer.resolve(refusal);
        await page.pass(0);
      };

      test('says so above the gallery, as long as it is not dismissed, and opens from there', async () => {
        await late(() => page.click('#close'));
        expect(page.text('main > #troubles [role=alert] span')).toBe('d.jpg: The file has 12 MB.');
        await page.pass(3000);
        expect(page.texts('#troubles p')).toHaveLength(1);
        await page.click('#troubles button:not(.quiet)');
        expect([page.window.location.hash, page.text('#detail-title')]).toEqual([`#picture/${id('d')}`, 'd.jpg']);
        expect(page.texts('#troubles p')).toEqual([]);
        await late(() => page.click('#close'));
        await page.click('#troubles .quiet');
        expect([page.texts('#troubles p'), closed()]).toEqual([[], true]);
      });

      test('says so in the picture that is open instead, and in the gallery when that is closed', async () => {
        await late(async () => {
          await page.click('#close');
          await open('c');
        });
        expect(page.text('#detail #troubles span')).toBe('d.jpg: The file has 12 MB.');
        await page.click('#close');
        expect(page.text('main > #troubles span')).toBe('d.jpg: The file has 12 MB.');
        await page.click('#troubles .quiet');
      });

      test('says so above the picture that is still shown when its own has not come yet', async () => {
        const slow = Promise.withResolvers<{ readonly body: unknown }>();
        await late(async () => {
          await open('c');
          page.answers[`GET /v1/images/${id('d')}`] = () => slow.promise;
          await page.visit(`#picture/${id('d')}`);
        });
        expect(page.text('#detail-title')).toBe('c.jpg');
        expect([said(), page.text('#detail #troubles span')]).toEqual(['', 'd.jpg: The file has 12 MB.']);
        slow.resolve({ body: imageAnswer('d') });
        await page.pass(0);
        expect([page.text('#detail-title'), page.text('#detail #troubles span')]).toEqual([
          'd.jpg',
          'd.jpg: The file has 12 MB.',
        ]);
        await page.click('#troubles .quiet');
      });

      test('says so beside its buttons when it has been opened again', async () => {
        await late(async () => {
          await page.click('#close');
          await open('d');
        });
        expect([said(), page.texts('#troubles p')]).toEqual(['The file has 12 MB.', []]);
      });
    });

    test('shows no receipt of its deletion', async () => {
      await open('d');
      const receipt = { id: id('d'), deletedAt: '2026-11-22T10:00:00.000Z', objects: 2, keys: ['one'], purged: null };
      const late = Promise.withResolvers<{ readonly body: unknown }>();
      page.answers[`DELETE /v1/images/${id('d')}`] = () => late.promise;
      await press('Delete');
      await press('Delete for good');
      await page.click('#close');
      late.resolve({ body: receipt });
      await page.pass(0);
      expect([closed(), page.text('#spoken')]).toEqual([true, 'Deleted d.jpg.']);
    });

    test.each(['a look at what is in the making', 'a reprocess'])(
      'does not end the looks at the next one after %s',
      async (what) => {
        const isReprocess = what === 'a reprocess';
        const late = Promise.withResolvers<{ readonly body: unknown }>();
        await open('d', isReprocess ? imageAnswer('d') : making('d').body);
        page.answers[`POST /v1/images/${id('d')}/reprocess`] = () => late.promise;
        if (isReprocess) await press('Reprocess');
        else {
          page.answers[`GET /v1/images/${id('d')}`] = () => late.promise;
          await page.pass(2000);
        }
        await page.click('#close');
        await open('c', making('c').body);
        late.resolve(isReprocess ? { body: { id: id('d'), version: 2 } } : making('d'));
        await page.pass(0);
        page.answers[`GET /v1/images/${id('c')}`] = { body: imageAnswer('c') };
        await page.pass(2000);
        expect(page.text('#spoken')).toBe('c.jpg: Ready');
      },
    );
  });

  test('closes to the view that was there', async () => {
    await page.visit('#jobs');
    await open('d');
    await page.click('#close');
    expect(page.window.location.hash).toBe('#jobs');
    await page.visit('#pictures');
    await open('d');
    await page.click('#close');
    expect(page.window.location.hash).toBe('');
    expect(page.document.querySelector('#detail-body')?.children).toHaveLength(0);
    await open('d');
    await page.click('#detail-body');
    expect(page.element<HTMLDialogElement>('#detail').open).toBe(true);
    // Beside the page of the picture.
    await page.click('#detail');
    expect(page.element<HTMLDialogElement>('#detail').open).toBe(false);
  });

  test('closes without a navigation, which would scroll the gallery to its top', async () => {
    await open('d');
    let navigations = 0;
    const count = () => navigations++;
    page.window.addEventListener('hashchange', count);
    await page.click('#close');
    page.window.removeEventListener('hashchange', count);
    expect([navigations, page.window.location.href]).toEqual([0, 'https://pictures.example/']);
    expect(page.element('#pictures').hidden).toBe(false);
    const before = page.asked.length;
    await page.pass(3000);
    expect(since(before)).toContain('/v1/images?limit=50');
  });

  test('is not announced when another one is open by the time of its answer, and trouble has no name of the one before', async () => {
    await open('b');
    const late = Promise.withResolvers<{ readonly body: unknown }>();
    page.answers[`GET /v1/images/${id('c')}`] = () => late.promise;
    await page.visit(`#picture/${id('c')}`);
    page.answers[`GET /v1/images/${id('d')}`] = { body: imageAnswer('d') };
    await page.visit(`#picture/${id('d')}`);
    expect(page.text('#spoken')).toBe('d.jpg');
    late.resolve({ body: imageAnswer('c') });
    await page.pass(0);
    expect([page.text('#spoken'), page.text('#detail-title')]).toEqual(['d.jpg', 'd.jpg']);
    await page.visit(`#picture/${id('a')}`);
    expect([page.text('#detail-title'), page.text('#detail-body')]).toEqual(['Picture', 'There is nothing here.']);
  });

  test('shows two versions side by side', async () => {
    const manifest = (bytes: number, more: object = {}) => ({
      body: {
        ...{ recipe: 'r', preset: 'web', kind: 'photo', width: 1200, height: 800, ...more },
        variants: [
          { file: 'wide.webp', width: 1600, bytes: 9000, quality: 80, score: 80 },
          { file: 'large.webp', width: 900, bytes, quality: 80, score: bytes === 1000 ? 71.25 : null },
        ],
      },
    });
    page.answers[`GET /images/${id('d')}/v1/manifest.json`] = manifest(1000);
    page.answers[`GET /images/${id('d')}/v2/manifest.json`] = manifest(4000);
    const ready = readyAnswer('d', {
      version: 2,
      manifest: `https://pictures.example/images/${id('d')}/v2/manifest.json`,
    });
    await open('d', imageAnswer('d', { version: 2, ready }));
    await page.pass(0);
    expect(page.texts('#detail-body .versions tbody tr:nth-child(2) td')).toEqual([
      'large.webp',
      '1 KB',
      '4 KB',
      '+300 %',
      '71.3',
      '–',
    ]);
    expect(page.texts('#detail-body .versions tbody tr:nth-child(1) td')[3]).toBe('±0 %');
    expect(page.texts('#detail-body .versions figcaption')).toEqual(['Version 1 large.webp', 'Version 2 large.webp']);
    // The answer for what was chosen before comes after the one for what is chosen now.
    const late = Promise.withResolvers<ReturnType<typeof manifest>>();
    page.answers[`GET /images/${id('d')}/v1/manifest.json`] = () => late.promise;
    const left = page.element<HTMLSelectElement>('#detail-body .versions select');
    left.value = '1';
    left.dispatchEvent(new page.window.Event('change') as unknown as Event);
    left.value = '2';
    left.dispatchEvent(new page.window.Event('change') as unknown as Event);
    await page.pass(0);
    late.resolve(manifest(1000));
    await page.pass(0);
    expect(page.texts('#detail-body .versions figcaption')).toEqual(['Version 2 large.webp', 'Version 2 large.webp']);
    page.answers[`GET /images/${id('d')}/v1/manifest.json`] = { status: 404, body: 'none' };
    await open('d', imageAnswer('d', { version: 2, ready }));
    await page.pass(0);
    expect(page.text('#detail-body .versions .hint')).toBe('Version 1 has no files: it is not ready, or failed.');
  });
});

describe('the jobs', () => {
  const cards = () => page.texts('#jobs-list h3');

  test('are listed with how far they are, what failed and what can be done with each', async () => {
    const failures = [{ id: id('x'), code: 'corrupt', message: 'The file ends early.' }];
    const estimate = { sampled: 2, images: 9, bytes: 2048, files: 18, seconds: 30, dollars: 1.5 };
    page.answers['GET /v1/jobs'] = list([
      jobAnswer('m', { preset: 'gallery', failed: 1, skipped: 2, failures }),
      jobAnswer('n', { status: 'paused', pausedBecause: 'budget-used', total: null, done: 3 }),
      jobAnswer('o', { status: 'done', dryRun: true, estimate, done: 4 }),
      jobAnswer('p', { status: 'done', dryRun: true, estimate: { ...estimate, dollars: null }, done: 4 }),
    ]);
    await page.visit('#jobs');
    expect([page.element('#jobs').hidden, page.element('#pictures').hidden]).toEqual([false, true]);
    expect(page.element('#to-jobs').ariaCurrent).toBe('page');
    expect(cards()).toEqual(['Reprocess as gallery', 'Reprocess', 'Prediction', 'Prediction']);
    const card = (at: number, inside: string) => page.text(`#jobs-list li.job:nth-child(${at}) ${inside}`);
    expect(card(1, 'p:nth-of-type(2)')).toBe('4 of 4, 1 failed, 2 skipped');
    expect(card(1, 'details')).toContain(`${id('x')} The file ends early.`);
    expect(card(1, '.buttons')).toBe('PauseCancel');
    expect(card(1, '.hint')).toMatch(/^Under way, started /);
    expect(card(2, '.hint')).toMatch(/^Paused, its budget is used up, started /);
    expect(card(2, '.buttons')).toBe('ResumeCancel');
    expect(card(2, 'p:nth-of-type(2)')).toBe('3 so far, the pictures are still counted');
    expect(card(3, '.buttons')).toBe('');
    expect(card(3, '.estimate')).toBe(
      '9 pictures would make 18 files of 2 KB in 30 s of one renderer, $1.50 by list prices (by 2 samples).',
    );
    expect(card(4, '.estimate')).not.toContain('$');
    expect(page.document.querySelector('#jobs-list li:nth-child(3) details')).toBeNull();
    expect(page.element('#jobs-empty').hidden).toBe(true);
  });

  test('keep their cards while nothing changes, and are paused where a person says so', async () => {
    page.answers['GET /v1/jobs'] = list([jobAnswer('k')]);
    await page.visit('#jobs');
    const card = [...page.document.querySelectorAll('#jobs-list li.job')].find((one) =>
      one.textContent.includes('1 of 4'),
    );
    await page.pass(2000);
    expect(card?.isConnected).toBe(true);
    page.answers[`POST /v1/jobs/${id('k')}/pause`] = { body: jobAnswer('k') };
    // It cannot be pressed twice: not before the list says what has become of the job.
    const late = Promise.withResolvers<ReturnType<typeof list>>();
    const paused = list([jobAnswer('k', { status: 'paused', pausedBecause: 'asked' })]);
    page.answers['GET /v1/jobs'] = () => late.promise;
    const pause = card?.querySelector('button');
    pause?.click();
    await page.pass(0);
    expect([card?.isConnected, pause?.disabled]).toEqual([true, true]);
    page.answers['GET /v1/jobs'] = paused;
    late.resolve(paused);
    await page.pass(0);
    expect([card?.isConnected, pause?.disabled]).toEqual([false, false]);
    expect(page.asked.some(({ path }) => path === `/v1/jobs/${id('k')}/pause`)).toBe(true);
  });

  test('are started or predicted by a form, for one collection or for all of an old recipe', async () => {
    await page.visit('#jobs');
    const form = page.element<HTMLFormElement>('#job-form');
    const submit = async (value: string) => {
      form.requestSubmit(page.element<HTMLButtonElement>(`#job-form button[value=${value}]`));
      await page.pass(0);
      return page.asked.findLast(({ method }) => method === 'POST')?.body;
    };
    page.answers['POST /v1/jobs'] = { body: jobAnswer('j') };
    expect(await submit('predict')).toEqual({ action: 'reprocess', dryRun: true, stale: true });
    expect(page.text('#job-said')).toBe('A sample is rendered; nothing of it is kept.');
    page.element<HTMLInputElement>('#job-collection').value = ' trips ';
    page.element<HTMLSelectElement>('#job-form select').value = 'web';
    expect(await submit('start')).toEqual({ action: 'reprocess', dryRun: false, collection: 'trips', preset: 'web' });
    expect(page.text('#job-said')).toBe('The job has begun.');
    page.answers['POST /v1/jobs'] = { status: 400, body: { code: 'invalid-request', detail: 'No such collection.' } };
    await submit('start');
    expect([page.text('#job-said'), page.element('#job-said').className]).toEqual(['No such collection.', 'bad']);
  });

  test('are started once by a form that is sent again before the answer comes', async () => {
    await page.visit('#jobs');
    const late = Promise.withResolvers<{ readonly body: unknown }>();
    page.answers['POST /v1/jobs'] = () => late.promise;
    const before = page.asked.length;
    const send = async () => {
      page.element<HTMLFormElement>('#job-form').requestSubmit(page.element('#job-form button[value=start]'));
      await page.pass(0);
    };
    await send();
    await send();
    expect([page.text('#job-said'), since(before, 'POST')]).toEqual(['Starting …', ['/v1/jobs']]);
    late.resolve({ body: jobAnswer('j') });
    await page.pass(0);
    expect(page.text('#job-said')).toBe('The job has begun.');
    await send();
    expect(since(before, 'POST')).toHaveLength(2);
  });

  test('that there are none of are said to be none, and trouble is said', async () => {
    await page.visit('#jobs');
    await page.pass(2000);
    expect(page.element('#jobs-empty').hidden).toBe(false);
    page.answers['GET /v1/jobs'] = { status: 400, body: { code: 'invalid-request', detail: 'No.' } };
    await page.pass(2000);
    expect(page.text('#notice')).toBe('Jobs cannot be listed. No.');
    page.answers['GET /v1/jobs'] = list([]);
    await page.pass(2000);
    expect(page.element('#notice').hidden).toBe(true);
  });

  test('that go on keep the focus on its button, and what was unfolded open', async () => {
    const failures = [{ id: id('x'), code: 'corrupt', message: 'The file ends early.' }];
    const running = (done: number) => list([jobAnswer('q', { done, failed: 1, failures })]);
    page.answers['GET /v1/jobs'] = running(2);
    await page.visit('#jobs');
    const card = () =>
      [...page.document.querySelectorAll('#jobs-list li.job')].find((one) => one.textContent.includes('ends early'));
    const before = card();
    card()?.querySelectorAll('button')[1]?.focus();
    const details = before?.querySelector('details');
    if (details) details.open = true;
    page.answers['GET /v1/jobs'] = running(3);
    await page.pass(2000);
    expect(before?.isConnected).toBe(false);
    expect(card()?.contains(page.document.activeElement)).toBe(true);
    expect([page.document.activeElement?.textContent, card()?.querySelector('details')?.open]).toEqual([
      'Cancel',
      true,
    ]);
    page.answers['GET /v1/jobs'] = list([jobAnswer('q', { status: 'paused', done: 3, failed: 1, failures })]);
    card()?.querySelectorAll('button')[0]?.focus();
    await page.pass(2000);
    expect(page.document.activeElement?.textContent).toBe('Resume');
  });
});

describe('the operations', () => {
  const figures = (more: Partial<FiguresAnswer> = {}): FiguresAnswer => ({
    to: '2026-07-01T12:30:00.000Z',
    stepSeconds: 10,
    series: {
      ready: [0, 6, 3],
      failed: [0, 0, 0],
      waiting: [null, 5, 2],
      renderMedianMs: [null, 500, null],
      renderP95Ms: [null, 900, null],
      answerP95Ms: [null, null, null],
    },
    queue: { tasks: 2, oldestMs: 4000 },
    renders: { since: '2026-07-01T12:00:00.000Z', count: 10, cpuMs: 2000, dollars: null },
    images: { ready: 3, failed: 1 },
    storedBytes: { originals: 2048, variants: 1024 },
    disk: { freeBytes: 4096, keptFreeBytes: 1024 },
    renderers: { alive: 1, wanted: 2 },
    ...more,
  });
  /** As the AWS home answers. */
  const ofAws = (more: Partial<FiguresAnswer> = {}): FiguresAnswer =>
    figures({
      stepSeconds: 60,
      renders: { since: '2026-07-01T11:30:00.000Z', count: 10, cpuMs: 2000, dollars: 0.000_052 },
      images: null,
      disk: null,
      renderers: null,
      ...more,
    });
  const health = (status: string, checks: readonly object[]) => ({ body: { status, version: '1.2.3', checks } });
  const cards = () =>
    Object.fromEntries(
      [...page.document.querySelectorAll('#figures article')].map((one) => [
        one.querySelector('h3')?.textContent,
        one.querySelector('.figure')?.textContent,
      ]),
    );
  const asksForFigures = (count: number) => since(count).filter((path) => path.startsWith('/v1/figures')).length;
  /** Until the page asks for figures again. */
  const nextLook = () => page.pass(30_000);

  beforeEach(() => {
    page.answers['GET /v1/health'] = health('ok', []);
    page.answers['GET /v1/figures'] = { body: figures() };
  });

  test('say that they are loading until the figures have come', () => {
    const html = readFileSync(new URL('../../lib/web/index.html', import.meta.url), 'utf8');
    const first = new page.window.DOMParser().parseFromString(html, 'text/html');
    for (const place of ['health', 'figures', 'failures'])
      expect(first.querySelector(`#${place}`)?.textContent).toBe('Loading …');
  });

  test('show health, the figures and the failures with what can be done about them', async () => {
    page.answers['GET /v1/health'] = health('degraded', [
      { name: 'disk', ok: true },
      { name: 'renderers', ok: false, detail: 'One is gone.' },
    ]);
    const failed = (letter: string, code: 'gave-up' | 'corrupt', message: string) =>
      imageAnswer(letter, { status: 'failed', ready: null, error: { code, message } });
    page.answers['GET /v1/images'] = list([
      failed('x', 'gave-up', 'Thrice.'),
      failed('y', 'gave-up', 'Twice.'),
      failed('w', 'gave-up', 'Twice.'),
      failed('z', 'corrupt', 'It ends early.'),
    ]);
    await page.visit('#operations');
    await nextLook();
    expect(page.text('#health h3')).toBe('Health of version 1.2.3');
    expect(page.text('#health .figure')).toBe('Pictures are taken, but something needs attention');
    expect(page.texts('#health li')).toEqual(['disk', 'renderers: not okOne is gone.']);
    expect([...page.document.querySelectorAll('#health li')].map((one) => one.className)).toEqual(['ok', 'not']);
    expect(cards()).toEqual({
      Throughput: '3 a minute',
      Queue: '2 tasks, oldest 4 s',
      'Render time': '500 ms median',
      Answers: '– for 95 %',
      Pictures: '4',
      Storage: '3 KB',
      Disk: '4 KB free',
      Workers: '1 of 2 run',
      Cost: '2 s a picture',
    });
    expect(page.texts('#figures .cards:nth-child(1) .scale')).toEqual([
      'at most 6 in the last 30 s',
      'at most 5 in the last 30 s',
      'at most 900 ms in the last 30 s',
      'Nothing yet',
    ]);
    expect(page.texts('#figures .cards:nth-child(2) .legend')).toEqual([
      'Ready3Failed1',
      'Originals2 KBVariants1 KB',
      'For pictures3 KBKept free1 KB',
      'Run1Start with the next picture1',
    ]);
    expect(page.texts('#figures .cost .plain li')).toEqual([
      'of processor time, in the last 30 min',
      '1 KB of disk a picture, original included',
      '1,000 more take about 33 min of processor time and 1,000 KB',
      'Predict a job',
    ]);
    expect(page.texts('#failures h3')).toEqual(['gave-up', 'corrupt']);
    expect(page.texts('#failures .figure')).toEqual(['3', '1']);
    expect(page.texts('#failures article:nth-child(1) li')).toEqual(['Twice. (2)', 'Thrice. (1)']);
    expect(page.texts('#failures article:nth-child(2) li')).toEqual(['It ends early.']);
    expect(page.text('#failures article:nth-child(2) .hint')).toContain('The file is to blame');
    page.answers['POST /v1/jobs'] = { body: jobAnswer('j') };
    await page.click('#failures article:nth-child(1) button');
    expect(page.asked.findLast(({ method }) => method === 'POST')?.body).toEqual({
      action: 'reprocess',
      ids: [id('x'), id('y'), id('w')],
    });
    expect(page.text('#failures article:nth-child(1) [role=status]')).toBe('They are made again. See Jobs.');
  });

  test('leave out what the AWS home does not count, and say what pictures cost there', async () => {
    page.answers['GET /v1/figures'] = { body: ofAws() };
    await page.visit('#operations');
    await nextLook();
    expect(cards()).toEqual({
      Throughput: '3 a minute',
      Queue: '2 tasks, oldest 4 s',
      'Render time': '500 ms median',
      Answers: '– for 95 %',
      Storage: '3 KB',
      Cost: '$0.052 for 1,000 pictures',
    });
    expect(page.texts('#figures .cost .plain li')).toEqual([
      '2 s of processor time, in the last 60 min',
      'Predict a job',
    ]);
    page.answers['GET /v1/figures'] = {
      body: ofAws({ queue: null, storedBytes: { originals: null, variants: null } }),
    };
    await nextLook();
    expect(Object.keys(cards())).toEqual(['Throughput', 'Render time', 'Answers', 'Cost']);
  });

  test('are asked for as often as they can change', async () => {
    await page.visit('#operations');
    await nextLook();
    let before = page.asked.length;
    await page.pass(30_000);
    expect(asksForFigures(before)).toBe(6);
    page.answers['GET /v1/figures'] = { body: ofAws() };
    await nextLook();
    before = page.asked.length;
    await page.pass(60_000);
    expect(asksForFigures(before)).toBe(2);
  });

  test('draw lines over time, with the failed ones where there are any', async () => {
    await page.visit('#operations');
    await nextLook();
    const lines = () => page.document.querySelectorAll('#figures article:nth-child(1) path.line').length;
    expect(lines()).toBe(1);
    const { series } = figures();
    page.answers['GET /v1/figures'] = { body: figures({ series: { ...series, failed: [0, 1, 0] } }) };
    await nextLook();
    expect([lines(), page.text('#figures article:nth-child(1) .legend')]).toEqual([
      2,
      'readyfailedat most 6 in the last 30 s',
    ]);
  });

  test('say what is empty', async () => {
    page.answers['GET /v1/figures'] = {
      body: figures({
        series: { ready: [], failed: [], waiting: [], renderMedianMs: [], renderP95Ms: [], answerP95Ms: [] },
        queue: { tasks: 0, oldestMs: null },
        renders: { since: '2026-07-01T12:00:00.000Z', count: 0, cpuMs: null, dollars: null },
        images: {},
        renderers: { alive: 2, wanted: 2 },
      }),
    };
    page.answers['GET /v1/images'] = list([]);
    await page.visit('#operations');
    await nextLook();
    expect(page.text('#health .figure')).toBe('All is well');
    expect(page.text('#failures')).toBe('No picture has failed.');
    expect(cards()).toMatchObject({ Throughput: '–', Queue: 'Empty', Cost: '–', Workers: '2 of 2 run' });
    expect(page.texts('#figures .cost .plain li')).toEqual([
      'No render in the last 30 min',
      'No picture is stored',
      'Predict a job',
    ]);
    expect(page.texts('#figures .cards:nth-child(2) article:nth-child(4) .legend')).toEqual(['Run2']);
  });

  test('ask for the failures again when they could not be listed', async () => {
    page.answers['GET /v1/images'] = { status: 400, body: { code: 'invalid-request', detail: 'No.' } };
    await page.visit('#operations');
    await page.pass(0);
    expect(page.text('#notice')).toBe('Failures cannot be listed. No.');
    page.answers['GET /v1/images'] = list([]);
    await page.pass(5000);
    expect([page.element('#notice').hidden, page.text('#failures')]).toEqual([true, 'No picture has failed.']);
    const before = page.asked.length;
    await page.pass(5000);
    expect(since(before).some((path) => path.startsWith('/v1/images'))).toBe(false);
  });

  test('say what keeps the figures and the health away, and show them when it is over', async () => {
    const detail = 'This key lacks the right "manage". Use one that has it.';
    page.answers['GET /v1/figures'] = { status: 403, body: { code: 'forbidden', detail } };
    delete page.answers['GET /v1/health'];
    await page.visit('#operations');
    await nextLook();
    expect(page.text('#figures')).toBe(`The figures cannot be shown. ${detail}`);
    expect(page.text('#health')).toContain('There is nothing here.');
    page.answers['GET /v1/figures'] = { body: figures() };
    await page.pass(5000);
    expect(cards()).toMatchObject({ Queue: '2 tasks, oldest 4 s' });
  });
});

// The last, because the page keeps what it has learned about keys.
describe('the key', () => {
  const dialog = () => page.element<HTMLDialogElement>('#key-dialog');
  const submit = async (key: string) => {
    page.element<HTMLInputElement>('#key').value = key;
    page.element<HTMLFormElement>('#key-form').requestSubmit();
    await page.pass(0);
  };

  test('is asked for once where one is missing, tried, and kept for the tab', async () => {
    const needsKey: ConsolePage['answers'][string] = ({ key }) =>
      key === 'Bearer right' ? list(first) : { status: 401, body: { code: 'unauthorized', detail: 'Send a key.' } };
    page.answers['GET /v1/images'] = needsKey;
    expect([dialog().open, page.element('#open-key').hidden]).toEqual([false, true]);
    await page.pass(3000);
    expect([dialog().open, page.element('#open-key').hidden]).toEqual([true, false]);
    expect(page.text('#notice')).toBe('This service needs a valid key.');
    const before = page.asked.length;
    await page.pass(9000);
    expect(since(before)).toEqual([]);
    await submit('wrong');
    expect([page.text('#key-wrong'), dialog().open]).toEqual(['This key is not valid.', true]);
    await page.click('#key-cancel');
    await page.pass(9000);
    expect([dialog().open, since(before).length]).toEqual([false, 1]);
    await page.click('#open-key');
    expect([dialog().open, page.text('#key-wrong')]).toEqual([true, '']);
    await submit(' right ');
    expect([dialog().open, page.element('#notice').hidden, page.element<HTMLInputElement>('#key').value]).toEqual([
      false,
      true,
      '',
    ]);
    expect(page.asked.at(-1)?.key).toBe('Bearer right');
    expect(page.window.sessionStorage.getItem('darkroom-key https://pictures.example')).toBe('right');
    expect(tiles()).toBe(3);
  });

  test('that is found valid after a person has cancelled is not taken', async () => {
    const late = Promise.withResolvers<ReturnType<typeof list>>();
    page.answers['GET /v1/images'] = ({ key }) => (key === 'Bearer slow' ? late.promise : list(first));
    await page.click('#open-key');
    await submit('slow');
    await page.click('#key-cancel');
    await page.click('#open-key');
    late.resolve(list(first));
    await page.pass(0);
    expect(dialog().open).toBe(true);
    expect(page.window.sessionStorage.getItem('darkroom-key https://pictures.example')).toBe('right');
    await page.click('#key-cancel');
  });

  test('that may not list pictures is a key all the same', async () => {
    page.answers['GET /v1/images'] = { status: 403, body: { code: 'forbidden', detail: 'Not with this key.' } };
    await page.click('#open-key');
    await submit('narrow');
    expect([dialog().open, page.text('#key-wrong')]).toEqual([false, '']);
  });

  test('that a failed upload misses is asked for as well', async () => {
    const detail = { error: { code: 'unauthorized', message: 'Send a key.' } };
    const event = new page.window.CustomEvent('darkroom-failed', { detail });
    page.document.dispatchEvent(event as unknown as Event);
    expect(page.text('#notice')).toBe('This service needs a valid key.');
  });
});
