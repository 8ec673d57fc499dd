import { expect, test } from '@jest/globals';
import darkroomConfig from '../../../darkroom.config.ts';
import { admit, admitSize, usualLimits } from '../../../lib/client/element/admit.ts';
import { english, german, languageOf, sizeText } from '../../../lib/client/element/strings.ts';
import { apiErrors, failures } from '../../../lib/core/errors.ts';
import { clientErrors } from '../../support/client-errors.ts';
import { bytesOf, noise } from '../../support/pictures.ts';

const inEnglish = { limits: usualLimits, strings: english, language: 'en' };
const inGerman = { limits: usualLimits, strings: german, language: 'de' };
const heic = new Blob(['\0\0\0\x18ftypheic\0\0\0\0mif1heic']);

test('the limits that hold until the service has said its own are those that ship', () => {
  const { maxBytes, minWidth, minHeight, maxWidth, maxHeight, maxPixels } = darkroomConfig.limits;
  const sides = { minWidth, minHeight, maxWidth, maxHeight };
  expect(usualLimits).toEqual({ accept: darkroomConfig.accept, maxBytes, ...sides, maxPixels });
});

const blob = (content: string) => new Blob([content]);
const cloudFolder = 'The file is empty. If it comes from a cloud folder, download it first.';
const noPicture = 'Not a picture. Choose JPEG, PNG, WebP, AVIF, or GIF.';
const keinBild = 'Kein Bild. Möglich sind JPEG, PNG, WebP, AVIF oder GIF.';
const noPdf = 'PDF is not accepted. Export it as JPEG, PNG, WebP, AVIF, or GIF.';

test.each([
  ['an empty file', blob(''), inEnglish, 'invalid-request', cloudFolder],
  ['text', blob('text'), inEnglish, 'not-an-image', noPicture],
  ['text, in German,', blob('text'), inGerman, 'not-an-image', keinBild],
  ['a HEIC', heic, inEnglish, 'unsupported-type', english.heic],
  ['a PDF', blob('%PDF-1.7'), inEnglish, 'unsupported-type', noPdf],
])('%s is refused with a code and a sentence', async (_what, file, terms, code, detail) => {
  await expect(admit(file, terms)).rejects.toMatchObject({ code, detail });
});

test('a photo is admitted under any name and any claimed type', async () => {
  const file = new File([await bytesOf(noise(120, 110).png())], 'a.heic', { type: 'image/heic' });
  expect(await admit(file, inEnglish)).toMatchObject({ type: 'image/png', size: { width: 120, height: 110 } });
});

test.each([
  [13_946_060, undefined, inEnglish, 'too-large', '13.3 MB; at most 10 MB.'],
  [13_946_060, undefined, inGerman, 'too-large', '13,3 MB; höchstens 10 MB.'],
  [10 * 1024 * 1024 + 1, undefined, inEnglish, 'too-large', '10.1 MB; at most 10 MB.'],
  [1000, { width: 99, height: 300 }, inEnglish, 'too-small', '99 × 300 pixels; at least 100 × 100.'],
  [1000, { width: 300, height: 99 }, inEnglish, 'too-small', '300 × 99 pixels; at least 100 × 100.'],
  [1000, { width: 10_001, height: 300 }, inEnglish, 'too-big', '10001 × 300 pixels; at most 10000 × 10000.'],
  [1000, { width: 300, height: 10_001 }, inEnglish, 'too-big', '300 × 10001 pixels; at most 10000 × 10000.'],
])('%d bytes of %j are refused in the units that people read', (bytes, size, terms, code, detail) => {
  expect(() => admitSize(bytes, { type: 'image/jpeg', size }, terms)).toThrow(
    expect.objectContaining({ code, detail }),
  );
});

test('what is just within the limits is admitted', () => {
  admitSize(10 * 1024 * 1024, { type: 'image/jpeg', size: { width: 100, height: 10_000 } }, inEnglish);
  admitSize(1000, { type: 'image/jpeg', size: { width: 10_000, height: 100 } }, inEnglish);
  admitSize(1000, { type: 'image/avif', size: { width: 8000, height: 5000 } }, inEnglish);
  admitSize(1000, { type: 'image/avif' }, inEnglish);
});

test.each([
  ['image/avif', inEnglish, '8000 × 6000 pixels; as AVIF at most 40 megapixels.'],
  ['image/avif', inGerman, '8000 × 6000 Pixel; als AVIF höchstens 40 Megapixel.'],
])('an %s with more pixels than its format may have is refused before it is sent', (type, terms, detail) => {
  const size = { width: 8000, height: 6000 };
  expect(() => admitSize(1000, { type, size }, terms)).toThrow(expect.objectContaining({ code: 'too-big', detail }));
  admitSize(1000, { type: 'image/jpeg', size }, terms);
});

test('a photo that the camera turns is held against the limits as it stands upright', async () => {
  const terms = { ...inEnglish, limits: { ...usualLimits, maxWidth: 120 } };
  const file = async (orientation: number) =>
    new Blob([await bytesOf(noise(200, 110).withMetadata({ orientation }).jpeg())]);
  const check = async (photo: Blob) => admitSize(photo.size, await admit(photo, terms), terms);
  await check(await file(6));
  await expect(check(await file(1))).rejects.toMatchObject({ code: 'too-big' });
});

test.each([...Object.keys(apiErrors), ...Object.keys(failures), ...clientErrors])(
  'the translation has a sentence for %s, so that no English comes out',
  (code) => {
    expect(german.errors[code]).toMatch(/^[A-ZÄÖÜ].+\.$/);
  },
);

test.each([
  ['en_US', 'en-US'],
  ['de_de', 'de-DE'],
  ['DE', 'de'],
  ['x_', 'en'],
  ['', 'en'],
  [undefined, 'en'],
  ['no language', 'en'],
])('a page in the language %j is spoken to in %s, in which a size can be said', (lang, language) => {
  expect(languageOf(lang)).toBe(language);
  expect(sizeText(1024, languageOf(lang))).toBe('1 KB');
});

test('the translation names the other origin as a reason, as English does', () => {
  expect([english.errors.unreachable, german.errors.unreachable]).toEqual([
    expect.stringMatching(/pages of this origin/),
    expect.stringMatching(/Seiten dieser Herkunft/),
  ]);
});

test('the translation has every sentence, with the same words to fill in', () => {
  const wordsOf = (text: unknown) =>
    String(text)
      .match(/\{\w+\}/g)
      ?.sort() ?? [];
  expect(Object.keys(german)).toEqual(Object.keys(english));
  for (const [name, text] of Object.entries(english))
    if (name !== 'errors') expect([name, wordsOf(german[name as keyof typeof german])]).toEqual([name, wordsOf(text)]);
});
