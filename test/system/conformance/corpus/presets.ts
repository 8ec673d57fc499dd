import type { Kind, SourceFormat } from '../../../../lib/core/formats.ts';
import { plan } from '../../../../lib/core/plan.ts';
import { shippedPresets } from '../../../../lib/core/presets.ts';
import { type Case, expectEqual, made, type Outcome } from '../case.ts';
import { type Canvas, cutOut, landscape, screenshot } from '../draw/canvas.ts';
import { jpeg, open, shown } from '../draw/sharp.ts';

const subjects = {
  photo: { size: [1500, 1000], canvas: (width, height) => landscape(width, height, 21), format: 'jpeg', kind: 'photo' },
  screenshot: { size: [1100, 1400], canvas: screenshot, format: 'png', kind: 'graphic' },
  'cut-out': { size: [700, 500], canvas: cutOut, format: 'png', kind: 'transparent' },
} as const satisfies Record<string, Subject>;

type Subject = {
  readonly size: readonly [width: number, height: number];
  readonly canvas: (width: number, height: number) => Canvas;
  readonly format: SourceFormat;
  readonly kind: Kind;
};

const encoded = ({ size, canvas, format }: Subject): Promise<Buffer> => {
  const drawn = canvas(...size);
  return format === 'jpeg' ? jpeg(drawn) : open(drawn).png().toBuffer();
};

/** Every preset gets the same file, which takes longer to draw than to render as the smallest of them. */
const files = new Map<Subject, Promise<Buffer>>();
const fileOf = (subject: Subject): Promise<Buffer> => {
  const file = files.get(subject) ?? encoded(subject);
  files.set(subject, file);
  return file;
};

export const presets: readonly Case[] = Object.entries(shippedPresets).flatMap(([name, preset]) =>
  Object.entries(subjects).map(
    ([what, subject]): Case => ({
      group: 'preset',
      title: `${name} of a ${what} is complete, and every file is what its name and size say`,
      contentType: `image/${subject.format}`,
      preset: name,
      original: () => fileOf(subject),
      check: async (outcome) => {
        const { size, format, kind } = subject;
        const [width, height] = size;
        const expected = plan(preset, { width, height, format, kind, transparent: kind === 'transparent' }).flatMap(
          ({ picture, format, names }) =>
            names.map((name) => ({ name: `${name}.${format}`, width: picture.width, height: picture.height })),
        );
        await isExactly(outcome, expected);
      },
    }),
  ),
);

/** Exactly these files, and in each the pixels that it promises in the format of its name. */
export const isExactly = async (
  outcome: Outcome,
  expected: readonly { name: string; width: number; height: number }[],
): Promise<void> => {
  const { files } = made(outcome);
  const listed = files.map(({ name, format, width, height }) => ({ name: `${name}.${format}`, width, height }));
  expectEqual('the list of files', sorted(listed), sorted(expected));
  for (const file of files) {
    const bytes = await file.bytes();
    expectEqual(`the format of ${file.name}.${file.format}`, formatOf(bytes), file.format);
    const { width, height } = await shown(bytes);
    expectEqual(`the pixels of ${file.name}.${file.format}`, [width, height], [file.width, file.height]);
  }
};

const sorted = <T extends { name: string }>(list: readonly T[]) => [...list].sort((a, b) => (a.name < b.name ? -1 : 1));

const formatOf = (bytes: Uint8Array): string => {
  const head = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  if (head.startsWith('\xff\xd8')) return 'jpeg';
  if (head.startsWith('\x89PNG')) return 'png';
  if (head.slice(8) === 'WEBP') return 'webp';
  return head.slice(4) === 'ftypavif' ? 'avif' : head;
};
