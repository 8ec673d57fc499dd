import { describe, expect, test } from '@jest/globals';
import { checkDeclaredFile } from '../../lib/core/admission.ts';
import { defineConfig } from '../../lib/core/config.ts';
import { Refusal } from '../../lib/core/errors.ts';
import { contentTypes } from '../../lib/core/formats.ts';

const config = defineConfig({ limits: { maxBytes: 1000 } });
const declared = { contentType: 'image/png', bytes: 1000 };

const refusal = (change: object, by = config) => {
  try {
    checkDeclaredFile(by, { ...declared, ...change });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { code: error.code, field: error.fields.map(({ path }) => path).join() };
  }
  return undefined;
};

test('what is admitted is what was declared, of a size that is not known yet', () => {
  expect(checkDeclaredFile(config, { ...declared, sha256: 'x', preset: 'gallery' })).toEqual({
    preset: 'gallery',
    original: { contentType: 'image/png', bytes: 1000, sha256: 'x', width: null, height: null },
  });
});

test('without a preset it is the default one, without a digest there is none', () => {
  const gallery = defineConfig({ defaultPreset: 'gallery' });
  expect(checkDeclaredFile(gallery, declared)).toMatchObject({ preset: 'gallery', original: { sha256: null } });
});

test.each(contentTypes)('%s is admitted', (contentType) => expect(refusal({ contentType })).toBeUndefined());

describe('refused:', () => {
  test.each([
    ['one byte too many', { bytes: 1001 }, 'too-large', 'bytes'],
    ['a type that is no picture', { contentType: 'application/pdf' }, 'unsupported-type', 'contentType'],
    ['a type with parameters', { contentType: 'image/png; q=1' }, 'unsupported-type', 'contentType'],
    ['a preset that is not there', { preset: 'large' }, 'invalid-request', 'preset'],
    ['a preset that every object has', { preset: 'constructor' }, 'invalid-request', 'preset'],
    ['an empty preset name', { preset: '' }, 'invalid-request', 'preset'],
  ])('%s', (_, change, code, field) => expect(refusal(change)).toEqual({ code, field }));

  test('a format that this deployment does not take', () => {
    const onlyPng = defineConfig({ accept: ['image/png'] });
    expect(refusal({ contentType: 'image/jpeg' }, onlyPng)).toEqual({ code: 'unsupported-type', field: 'contentType' });
  });
});
