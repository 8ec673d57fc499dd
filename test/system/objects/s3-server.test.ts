import { expect, test } from '@jest/globals';
import { isEmulated } from './s3-server.ts';

test('a demand that only a real store can show is left out beside the emulator, and fails there under CI', () => {
  expect(isEmulated({ kind: 'versitygw' }, { CI: 'true' })).toBe(false);
  expect(isEmulated({ kind: 'ministack' }, {})).toBe(true);
  expect(() => isEmulated({ kind: 'ministack' }, { CI: 'true' })).toThrow('install Go');
});
