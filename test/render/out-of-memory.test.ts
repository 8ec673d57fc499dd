import { expect, test } from '@jest/globals';
import { isOutOfMemory } from '../../lib/render/out-of-memory.ts';

test.each([
  ['vips_tracked: out of memory -- size == 1200MB', true],
  ['VipsJpeg: Insufficient memory (case 4)', true],
  ['heif: Memory allocation error: Unspecified (5.0)', true],
  ['Array buffer allocation failed', true],
  ['heif: Memory allocation error: Security limit exceeded: Image size exceeds the maximum', false],
  ['VipsJpeg: premature end of JPEG image', false],
  ['pngload_buffer: libspng read error', false],
])('%s is trouble with memory: %p', (message, expected) => expect(isOutOfMemory(new Error(message))).toBe(expected));

test('the code of Node for it is known as well', () => {
  expect(isOutOfMemory(Object.assign(new Error(''), { code: 'ERR_MEMORY_ALLOCATION_FAILED' }))).toBe(true);
  expect([isOutOfMemory(undefined), isOutOfMemory('out of memory'), isOutOfMemory({})]).toEqual([false, false, false]);
});
