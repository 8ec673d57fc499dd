import { expect, test } from '@jest/globals';
import darkroomConfig from '../../../darkroom.config.ts';
import { admit, admitSize, usualLimits } from '../../../lib/client/element/admit.ts';
import { english, german } from '../../../lib/client/element/strings.ts';
import { bytesOf, noise } from '../../support/pictures.ts';

const inEnglish = { limits: usualLimits, strings: english, language: 'en' };
const inGerman = { limits: usualLimits, strings: german, language: 'de' };
const heic = new Blob(['\0\0\0\x18ftypheic\0\0\0\0mif1heic']);

test('the limits that hold until the service has said its own are those that ship', () => {
  const { maxBytes, minWidth, minHeight, maxWidth, maxHeight } = darkroomConfig.limits;
  expect(usualLimits).toEqual({ accept: darkroomConfig.accept, maxBytes, minWidth, minHeight, maxWidth, maxHeight });
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
  [1000, { width: 300, height: 10_001 }, inEnglish, 'too-big', '300 × 10001 pixels; at most 10000 × 10000.'],
])('%d bytes of %j are refused in the units that people read', (bytes, size, terms, code, detail) => {
  expect(() => admitSize(bytes, size, terms)).toThrow(expect.objectContaining({ code, detail }));
});

test('what is just within the limits is admitted', () => {
  admitSize(10 * 1024 * 1024, { width: 100, height: 10_000 }, inEnglish);
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
