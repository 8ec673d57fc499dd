import type { ImageAnswer } from '../contract/answers.ts';
import { make, wideTable } from './dom.ts';
import { inSeconds } from './words.ts';

type Moment = { readonly at: string; readonly what: string; readonly more?: HTMLElement };

/** The life of an image up to now, as far as the catalogue tells it. */
export const timeline = (image: ImageAnswer): HTMLElement =>
  make(
    'ol',
    { className: 'timeline' },
    ...moments(image).map(({ at, what, more }) =>
      make(
        'li',
        {},
        make('time', { dateTime: at, textContent: new Date(at).toLocaleString() }),
        make('span', { textContent: what }),
        ...(more ? [more] : []),
      ),
    ),
  );

const moments = (image: ImageAnswer): readonly Moment[] => {
  const { createdAt, startedAt, updatedAt, attempts, version, status, error, ready } = image;
  const isReady = ready !== null && ready.version === version;
  const began =
    startedAt !== null && !isReady ? [{ at: startedAt, what: `Attempt ${attempts} of version ${version} began` }] : [];
  return [
    { at: createdAt, what: 'First ticket given' },
    ...(isReady ? [] : wayOf(image)),
    ...(ready ? lifeOf(ready, isReady ? attempts : undefined) : []),
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

const lifeOf = (ready: NonNullable<ImageAnswer['ready']>, attempts: number | undefined): readonly Moment[] => {
  const { version, startedAt, readyAt, spent, variants } = ready;
  const since = (at: string) => `+${inSeconds(Math.max(0, Date.parse(at) - Date.parse(startedAt ?? at)) / 1000)}`;
  const stored = variants.flatMap(({ storedAt, name, format }) =>
    storedAt === null ? [] : [{ at: storedAt, file: `${name}.${format}` }],
  );
  const last = stored
    .map(({ at }) => at)
    .toSorted()
    .at(-1);
  const each = stored.toSorted((a, b) => (a.at < b.at ? -1 : 1)).map(({ at, file }) => [file, since(at)]);
  const files = make(
    'details',
    {},
    make('summary', { textContent: 'Each file' }),
    wideTable('When each file was stored', ['File', 'Stored'], each),
  );
  const phases =
    spent &&
    (['decode', 'resize', 'encode', 'score', 'deliver'] as const).map(
      (name) => `${name} ${inSeconds(spent[`${name}Ms`] / 1000)}`,
    );
  return [
    ...wayOf(ready),
    ...(startedAt === null
      ? []
      : [
          {
            at: startedAt,
            what: `${attempts === undefined ? 'The attempt' : `Attempt ${attempts}`} that made version ${version} began`,
          },
        ]),
    ...(last === undefined ? [] : [{ at: last, what: `${stored.length} files were stored`, more: files }]),
    {
      at: readyAt,
      what: `Version ${version} ready${spent ? `, ${inSeconds(spent.wallMs / 1000)} after the render began (processor time ${inSeconds(spent.cpuMs / 1000)})` : ''}`,
      ...(phases && { more: make('small', { textContent: phases.join(' · ') }) }),
    },
  ];
};
