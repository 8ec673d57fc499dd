/**
 * What is to blame for an error, which decides what happens next (docs/decisions.md#trouble):
 * - `picture`: the same however often it is tried. The version fails at once.
 * - `attempt`: worth another attempt, three in all.
 * - `machine`: a full disk, a locked database, a throttled service. It is never charged to the picture: work pauses and
 *   goes on when the trouble is over.
 */
export type Blame = 'picture' | 'attempt' | 'machine';

export const troubles = {
  picture: { blame: 'picture', reason: 'the picture cannot be used' },
  disk: { blame: 'machine', reason: 'a disk could not be read or written' },
  memory: { blame: 'machine', reason: 'the machine was out of memory' },
  descriptors: { blame: 'machine', reason: 'the machine was out of open files' },
  database: { blame: 'machine', reason: 'the database could not be read or written' },
  network: { blame: 'machine', reason: 'a service could not be reached' },
  service: { blame: 'machine', reason: 'a service was throttled, forbidden or out of order' },
  renderers: { blame: 'machine', reason: 'renderers died before they began, or over one picture after the other' },
  standstill: { blame: 'machine', reason: 'the machine stood still in the middle of the work' },
  turn: { blame: 'machine', reason: 'it waits for its turn behind smaller pictures' },
  'render-memory': { blame: 'attempt', reason: 'it took more memory than there was' },
  'render-death': { blame: 'attempt', reason: 'the renderer was killed or crashed while it worked on it' },
  'render-time': { blame: 'attempt', reason: 'the renderer did not answer in time' },
  codec: { blame: 'attempt', reason: 'a file that was made of it shows another picture when it is decoded' },
  'lost-original': { blame: 'attempt', reason: 'the original is missing from the store' },
  'lost-preset': { blame: 'attempt', reason: 'its preset is not in the configuration any more' },
  unknown: { blame: 'attempt', reason: 'the renderer met an error that it does not know' },
} as const satisfies Record<string, { readonly blame: Blame; readonly reason: string }>;

export type Trouble = keyof typeof troubles;

export const blameFor = (trouble: Trouble): Blame => troubles[trouble].blame;

/** Trouble that we ourselves recognise, by its kind. */
export class Troubled extends Error {
  override readonly name = 'Troubled';
  readonly trouble: Trouble;
  /** A renderer died, or stood still for too long, in the middle of the work. */
  readonly died: boolean;

  constructor(trouble: Trouble, { died = false, ...more }: { readonly cause?: unknown; readonly died?: boolean } = {}) {
    super(`${troubles[trouble].reason}.`, more);
    this.trouble = trouble;
    this.died = died;
  }
}

/** Decides by codes, never by messages, from the error to its causes. An unknown error counts as the attempt's. */
export const troubleOf = (error: unknown): Trouble => {
  for (const one of chainOf(error)) {
    const trouble = knownTrouble(one);
    if (trouble) return trouble;
  }
  return 'unknown';
};

const knownTrouble = (error: ErrorLike): Trouble | undefined => {
  if (error.name === 'BadPicture') return 'picture';
  if (error.name === 'Troubled') return error.trouble;
  if (error.code === 'ERR_SQLITE_ERROR') return troubleOfSqlite(error.errcode);
  return (
    byCode(error.code) ??
    byCode(error.name) ??
    byCancellation(error.CancellationReasons) ??
    byStatus(error.$metadata?.httpStatusCode)
  );
};

const codes = {
  disk: ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'ESTALE', 'EACCES', 'EPERM', 'EBUSY', 'EUCLEAN', 'ENXIO', 'ENODEV'],
  memory: ['ENOMEM', 'EAGAIN'],
  descriptors: ['EMFILE', 'ENFILE'],
  network: [
    ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'],
    ...['ENETUNREACH', 'ENETDOWN', 'ENETRESET', 'EHOSTDOWN', 'EADDRNOTAVAIL', 'ENOBUFS', 'EAI_FAIL', 'EPROTO'],
    ...['TimeoutError', 'RequestTimeout'],
    // Certificates, as OpenSSL names their faults.
    ...['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
    ...['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'HOSTNAME_MISMATCH'],
  ],
  // AWS errors that are not 5xx. A changed role, for example, is not the fault of one picture.
  service: [
    ...['ThrottlingException', 'Throttling', 'ThrottlingError', 'TooManyRequestsException', 'RequestLimitExceeded'],
    ...['ProvisionedThroughputExceededException', 'ProvisionedThroughputExceeded', 'SlowDown'],
    ...['TransactionConflictException', 'TransactionConflict', 'TransactionInProgressException'],
    ...['AccessDenied', 'AccessDeniedException', 'ExpiredToken', 'ExpiredTokenException', 'NoSuchBucket'],
    ...['CredentialsProviderError', 'UnrecognizedClientException', 'ResourceNotFoundException'],
  ],
} as const satisfies Partial<Record<Trouble, readonly string[]>>;

const troubleByCode: ReadonlyMap<unknown, Trouble> = new Map(
  Object.entries(codes).flatMap(([trouble, names]) => names.map((name) => [name, trouble as Trouble] as const)),
);

/** Names of many kinds: `ERR_TLS_CERT_ALTNAME_INVALID`, `CERT_HAS_EXPIRED`, `KMS.DisabledException`. */
const byBeginning: readonly (readonly [RegExp, Trouble])[] = [
  [/^(ERR_TLS_|ERR_SSL_|CERT_)/, 'network'],
  [/^KMS\./, 'service'],
];

const byCode = (code: unknown): Trouble | undefined =>
  troubleByCode.get(code) ?? byBeginning.find(([beginning]) => beginning.test(String(code)))?.[1];

const byCancellation = (reasons: unknown): Trouble | undefined =>
  Array.isArray(reasons) ? reasons.map(({ Code }) => byCode(Code)).find((trouble) => trouble !== undefined) : undefined;

const byStatus = (status: unknown): Trouble | undefined =>
  typeof status === 'number' && (status >= 500 || [401, 403, 429].includes(status)) ? 'service' : undefined;

/**
 * PERM, BUSY, LOCKED, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL and NOTADB, without what an extended
 * result adds above the lowest byte (https://www.sqlite.org/rescode.html).
 */
const sqliteTrouble: readonly number[] = [3, 5, 6, 7, 8, 10, 11, 13, 14, 15, 26];

const troubleOfSqlite = (result: unknown): Trouble | undefined =>
  typeof result === 'number' && sqliteTrouble.includes(result % 256) ? 'database' : undefined;

type ErrorLike = {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly errcode?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
  readonly CancellationReasons?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown };
  readonly trouble: Trouble;
};

/** The error, its causes, and what an AggregateError gathers; a circle of causes ends. */
const chainOf = (error: unknown): readonly ErrorLike[] => {
  const chain: ErrorLike[] = [];
  const left = [error];
  for (let one = left.shift(); one !== undefined; one = left.shift()) {
    if (!(typeof one === 'object' && one !== null) || chain.includes(one as ErrorLike)) continue;
    const { cause, errors } = one as ErrorLike;
    chain.push(one as ErrorLike);
    left.push(cause, ...(Array.isArray(errors) ? errors : []));
    while (left.length > 0 && left[0] === undefined) left.shift();
  }
  return chain;
};
