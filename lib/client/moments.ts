import type { ImageAnswer } from '../contract/answers.ts';

type Ready = NonNullable<ImageAnswer['ready']>;

export type Moment = {
  readonly at: string;
  readonly what: string;
  /** Of the moment when the last file was stored: each of them, with the seconds since the attempt began. */
  readonly files?: readonly { readonly file: string; readonly seconds: number }[];
  /** Of the moment when a version became ready: what its render took. */
  readonly spent?: NonNullable<Ready['spent']>;
};

/** The life of an image up to now, as far as the catalogue tells it. `inWords` writes seconds as the reader reads them. */
export const momentsOf = (image: ImageAnswer, inWords: (seconds: number) => string): readonly Moment[] => {
  const { createdAt, startedAt, endedAttempts, updatedAt, attempts, version, status, error, ready } = image;
  const isReady = ready !== null && ready.version === version;
  const began =
    startedAt !== null && !isReady && endedAttempts.at(-1)?.startedAt !== startedAt
      ? [{ at: startedAt, what: `Attempt ${attempts} of version ${version} began` }]
      : [];
  return [
    { at: createdAt, what: 'First ticket given' },
    ...(isReady ? [] : [...wayOf(image), ...endsOf(image)]),
    ...(ready ? lifeOf(ready, isReady ? attempts : undefined, inWords) : []),
    ...began,
    ...(error
      ? [
          {
            at: updatedAt,
            what: `Version ${version} failed after ${attempts === 1 ? 'one attempt' : `${attempts} attempts`}: ${error.message}`,
          },
        ]
      : []),
    ...(status === 'expired' ? [{ at: updatedAt, what: 'The ticket ended without an upload' }] : []),
  ].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
};

/** How a version came to its renderers. The first ticket is that of the image. */
const wayOf = ({ version, requestedAt, arrivedAt }: Pick<ImageAnswer, 'version' | 'requestedAt' | 'arrivedAt'>) => [
  ...(version === 1 ? [] : [{ at: requestedAt, what: `Version ${version} asked for` }]),
  ...(arrivedAt === null ? [] : [{ at: arrivedAt, what: `Original of version ${version} arrived` }]),
];

/** The attempts that ended without a result. One that does not count leaves its number to the next. */
const endsOf = ({
  version,
  startedAt,
  endedAttempts,
  attempts,
}: Pick<Ready, 'version' | 'startedAt' | 'endedAttempts'> & {
  readonly attempts: number | undefined;
}): readonly Moment[] => {
  const isNewestEnded = endedAttempts.at(-1)?.startedAt === startedAt;
  const counted = (all: typeof endedAttempts) => all.filter((one) => one.counted).length;
  const before = attempts === undefined ? 0 : attempts - (isNewestEnded ? 0 : 1) - counted(endedAttempts);
  return endedAttempts.flatMap((one, at) => {
    const name = `Attempt ${before + counted(endedAttempts.slice(0, at)) + 1} of version ${version}`;
    const end = `${one.reason}${one.counted ? '' : '. It does not count'}`;
    if (one.endedAt === null) return [{ at: one.startedAt, what: `${name} began, and has no end: ${end}` }];
    return [
      { at: one.startedAt, what: `${name} began` },
      { at: one.endedAt, what: `${name} ended without a result: ${end}` },
    ];
  });
};

const lifeOf = (
  ready: Ready,
  attempts: number | undefined,
  inWords: (seconds: number) => string,
): readonly Moment[] => {
  const { version, startedAt, readyAt, spent, variants } = ready;
  const secondsUntil = (at: string) => Math.max(0, Date.parse(at) - Date.parse(startedAt ?? at)) / 1000;
  const stored = variants
    .flatMap(({ storedAt, name, format }) => (storedAt === null ? [] : [{ at: storedAt, file: `${name}.${format}` }]))
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const last = stored.at(-1);
  const files = stored.map(({ at, file }) => ({ file, seconds: secondsUntil(at) }));
  const attempt = attempts === undefined ? 'The attempt' : `Attempt ${attempts}`;
  const took = spent
    ? `, ${inWords(spent.wallMs / 1000)} after the render began (processor time ${inWords(spent.cpuMs / 1000)})`
    : '';
  return [
    ...wayOf(ready),
    ...endsOf({ ...ready, attempts }),
    ...(startedAt === null ? [] : [{ at: startedAt, what: `${attempt} that made version ${version} began` }]),
    ...(last ? [{ at: last.at, what: `${stored.length} files were stored`, files }] : []),
    { at: readyAt, what: `Version ${version} ready${took}`, ...(spent && { spent }) },
  ];
};
