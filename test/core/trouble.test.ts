import { describe, expect, test } from '@jest/globals';
import { BadPicture, gaveUpBecause } from '../../lib/core/errors.ts';
import { type Blame, blameFor, type Trouble, Troubled, troubleOf, troubles } from '../../lib/core/trouble.ts';

const withCode = (code: string, more: object = {}) => Object.assign(new Error('Words.'), { code, ...more });
const named = (name: string, more: object = {}) => Object.assign(new Error('Words.'), { name, ...more });
const sqlite = (errcode: number) => withCode('ERR_SQLITE_ERROR', { errcode });
const answered = (status: number) => named('AnyError', { $metadata: { httpStatusCode: status } });
const cancelled = (...codes: string[]) =>
  named('TransactionCanceledException', { CancellationReasons: codes.map((Code) => ({ Code })) });

test.each<[string, unknown, Trouble, Blame]>([
  ['a bad picture', new BadPicture('corrupt'), 'picture', 'picture'],
  ['a full disk', withCode('ENOSPC'), 'disk', 'machine'],
  ['a spent quota', withCode('EDQUOT'), 'disk', 'machine'],
  ['a broken disk', withCode('EIO'), 'disk', 'machine'],
  ['a disk that can only be read', withCode('EROFS'), 'disk', 'machine'],
  ['too many open files', withCode('EMFILE'), 'descriptors', 'machine'],
  ['too many open files in the system', withCode('ENFILE'), 'descriptors', 'machine'],
  ['no memory for the system', withCode('ENOMEM'), 'memory', 'machine'],
  ['SQLITE_BUSY', sqlite(5), 'database', 'machine'],
  ['SQLITE_BUSY_SNAPSHOT', sqlite(517), 'database', 'machine'],
  ['SQLITE_LOCKED', sqlite(6), 'database', 'machine'],
  ['SQLITE_IOERR', sqlite(10), 'database', 'machine'],
  ['SQLITE_IOERR_WRITE', sqlite(778), 'database', 'machine'],
  ['SQLITE_FULL', sqlite(13), 'database', 'machine'],
  ['SQLITE_CONSTRAINT', sqlite(19), 'unknown', 'attempt'],
  ['a refused connection', withCode('ECONNREFUSED'), 'network', 'machine'],
  ['a lost connection', withCode('ECONNRESET'), 'network', 'machine'],
  ['a name that is not found', withCode('ENOTFOUND'), 'network', 'machine'],
  ['a certificate that has expired', withCode('CERT_HAS_EXPIRED'), 'network', 'machine'],
  ['a certificate that signs itself', withCode('DEPTH_ZERO_SELF_SIGNED_CERT'), 'network', 'machine'],
  ['a certificate of another name', withCode('ERR_TLS_CERT_ALTNAME_INVALID'), 'network', 'machine'],
  ['another protocol than TLS', withCode('EPROTO'), 'network', 'machine'],
  ['a device that is gone', withCode('ENXIO'), 'disk', 'machine'],
  ['a key that is disabled', named('KMS.DisabledException'), 'service', 'machine'],
  ['a table that is gone', named('ResourceNotFoundException'), 'service', 'machine'],
  ['a request without an answer', named('TimeoutError'), 'network', 'machine'],
  ['a throttled call', named('ThrottlingException'), 'service', 'machine'],
  ['a throttled table', named('ProvisionedThroughputExceededException'), 'service', 'machine'],
  ['a bucket that asks for less', named('SlowDown'), 'service', 'machine'],
  ['an answer 500', answered(500), 'service', 'machine'],
  ['an answer 503', answered(503), 'service', 'machine'],
  ['an answer 429', answered(429), 'service', 'machine'],
  ['credentials that are refused', answered(403), 'service', 'machine'],
  ['credentials that are missing', named('CredentialsProviderError'), 'service', 'machine'],
  ['a bucket that is gone', named('NoSuchBucket'), 'service', 'machine'],
  ['an answer 400', answered(400), 'unknown', 'attempt'],
  ['a throttled transaction', cancelled('None', 'ThrottlingError'), 'service', 'machine'],
  ['a transaction that met another', cancelled('TransactionConflict', 'None'), 'service', 'machine'],
  ['a transaction that says too much', cancelled('ValidationError', 'None'), 'unknown', 'attempt'],
  ['memory that the picture takes', new Troubled('render-memory'), 'render-memory', 'attempt'],
  ['a file that decodes to another picture', new Troubled('codec'), 'codec', 'attempt'],
  ['an original that is gone', new Troubled('lost-original'), 'lost-original', 'attempt'],
  ['an error of our own', new TypeError('x is not a function'), 'unknown', 'attempt'],
  [
    'an error that only speaks of trouble',
    new Error('ENOSPC: no space left, SQLITE_FULL, corrupt'),
    'unknown',
    'attempt',
  ],
  ['a text', 'ENOSPC', 'unknown', 'attempt'],
  ['nothing', undefined, 'unknown', 'attempt'],
])('%s is trouble of the right one', (_, error, trouble, blame) => {
  expect(troubleOf(error)).toBe(trouble);
  expect(blameFor(trouble)).toBe(blame);
});

describe('a cause', () => {
  test('is looked for behind what an error says of itself', () => {
    const wrapped = new Error('The file could not be stored.', { cause: new Error('', { cause: withCode('ENOSPC') }) });
    expect(troubleOf(wrapped)).toBe('disk');
  });

  test('is looked for in all that an AggregateError gathers', () => {
    const tried = new AggregateError([new Error('first'), withCode('ECONNREFUSED')]);
    expect(troubleOf(new TypeError('fetch failed', { cause: tried }))).toBe('network');
  });

  test('is not asked where the error itself is known', () => {
    expect(troubleOf(new BadPicture('corrupt', undefined, { cause: withCode('EIO') }))).toBe('picture');
  });

  test('that is its own cause is not followed for ever', () => {
    const circle: Error = new Error('round');
    circle.cause = new Error('and round', { cause: circle });
    expect(troubleOf(circle)).toBe('unknown');
  });
});

test.each(Object.keys(troubles) as Trouble[])('a version that ends of %s says so in its sentence', (trouble) => {
  const { code, message } = gaveUpBecause(trouble);
  expect(code).toBe('gave-up');
  expect(message).toContain(troubles[trouble].reason);
});
