import { describe, expect, test } from '@jest/globals';
import {
  contentTypes,
  formatOfContentType,
  formats,
  isContentType,
  kinds,
  type SourceFormat,
  variantFormats,
} from '../../lib/core/formats.ts';

const names = Object.keys(formats) as SourceFormat[];

test('JPEG, PNG, WebP, AVIF and GIF are accepted, and nothing else', () => {
  expect([...contentTypes].sort()).toEqual(['image/avif', 'image/gif', 'image/jpeg', 'image/png', 'image/webp']);
});

test('variants are made in four formats, the most wanted first', () => {
  expect(variantFormats).toEqual(['avif', 'webp', 'jpeg', 'png']);
});

test('an original is of one of four kinds', () => {
  expect(kinds).toEqual(['photo', 'graphic', 'transparent', 'animated']);
});

test.each(names)('the content type of %s leads back to it', (name) => {
  expect(formatOfContentType(formats[name].contentType)).toBe(name);
});

test.each([
  ['jpeg', false, false],
  ['png', true, false],
  ['webp', true, true],
  ['avif', true, false],
  ['gif', true, true],
] as const)('%s can be transparent: %p, and moves: %p', (name, transparency, animation) => {
  expect(formats[name]).toMatchObject({ transparency, animation });
});

describe('not a content type that is accepted:', () => {
  test.each([
    '',
    'image/jpg',
    'image/svg+xml',
    'image/tiff',
    'image/heic',
    'application/pdf',
    'IMAGE/JPEG',
    'image/jpeg; q=1',
    ' image/jpeg',
    'image/',
    'jpeg',
    'constructor',
  ])('%j', (text) => expect(isContentType(text)).toBe(false));
});

test.each(contentTypes)('%s is a content type that is accepted', (text) => expect(isContentType(text)).toBe(true));
