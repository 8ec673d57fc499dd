import { describe, expect, test } from '@jest/globals';
import { apiErrors, BadPicture, type FailureCode, failures, Refusal } from '../../lib/core/errors.ts';

test('the API refuses with exactly these codes and statuses', () => {
  expect(Object.fromEntries(Object.entries(apiErrors).map(([code, { status }]) => [code, status]))).toEqual({
    'invalid-request': 400,
    unauthorized: 401,
    forbidden: 403,
    'not-found': 404,
    conflict: 409,
    'too-large': 413,
    'unsupported-type': 415,
    'too-many-requests': 429,
    unavailable: 503,
  });
});

test('a version fails with exactly these codes', () => {
  expect(Object.keys(failures).sort()).toEqual([
    'checksum-mismatch',
    'corrupt',
    'gave-up',
    'not-an-image',
    'too-big',
    'too-many-frames',
    'too-small',
    'type-mismatch',
    'unsupported-format',
  ]);
});

test('no code means two things', () => {
  expect(Object.keys(apiErrors).filter((code) => code in failures)).toEqual([]);
});

test.each(Object.entries(apiErrors))('%s has a sentence of its own', (code, { title }) => {
  expect(title).toMatch(/^[A-Z].+\.$/);
  expect(Object.entries(apiErrors).filter((row) => row[1].title === title)).toEqual([[code, apiErrors[code as never]]]);
});

test.each(Object.entries(failures))('%s says what happened, and then what to do', (_, sentences) => {
  expect(sentences).toMatch(/^[A-Z][^.]+\. [A-Z][^.]+\.$/);
});

describe('a refusal', () => {
  test('carries its code, its detail, the offending fields, when to come back and why', () => {
    const cause = new Error('throttled');
    const fields = [{ path: 'bytes', message: 'is negative' }];
    const refusal = new Refusal('too-many-requests', 'Wait a second.', { fields, retryAfterSeconds: 1, cause });
    expect(refusal).toMatchObject({
      code: 'too-many-requests',
      message: 'Wait a second.',
      fields,
      retryAfterSeconds: 1,
    });
    expect(refusal.cause).toBe(cause);
    expect(refusal.name).toBe('Refusal');
  });

  test('names no field and no waiting time unless it is told', () => {
    const { fields, retryAfterSeconds } = new Refusal('not-found', 'There is no such image.');
    expect({ fields, retryAfterSeconds }).toEqual({ fields: [], retryAfterSeconds: undefined });
  });
});

describe('a bad picture', () => {
  test.each(Object.keys(failures) as FailureCode[])('that is %s says the sentence of its code', (code) => {
    expect(new BadPicture(code)).toMatchObject({ code, message: failures[code], name: 'BadPicture', size: undefined });
  });

  test('can say more precisely what is wrong, how large it is and why', () => {
    const cause = new Error('premature end');
    const bad = new BadPicture('too-small', 'It is 9 × 9 pixels.', { cause, size: { width: 9, height: 9 } });
    expect(bad).toMatchObject({ code: 'too-small', message: 'It is 9 × 9 pixels.', size: { width: 9, height: 9 } });
    expect(bad.cause).toBe(cause);
  });
});
