import type { SourceFormat } from '../../../../lib/core/formats.ts';
import { plan } from '../../../../lib/core/plan.ts';
import { shippedPresets } from '../../../../lib/core/presets.ts';
import { type Case, expectEqual, made, type Outcome } from '../case.ts';
import { type Canvas, cutOut, landscape, screenshot } from '../draw/canvas.ts';
import { jpeg, open, shown } from '../draw/sharp.ts';

const subjects = {
  photo: { canvas: () => landscape(1500, 1000, 21), format: 'jpeg', kind: 'photo' },
  screenshot: { canvas: () => screenshot(1100, 1400), format: 'png', kind: 'graphic' },
  'cut-out': { canvas: () => cutOut(700, 500), format: 'png', kind: 'transparent' },
} as const satisfies Record<string, { canvas: () => Canvas; format: SourceFormat; kind: string }>;

const encoded = (canvas: Canvas, format: SourceFormat) =>
  format === 'jpeg' ? jpeg(canvas) : open(canvas).png().toBuffer();

export const presets: readonly Case[] = Object.entries(shippedPresets).flatMap(([name, preset]) =>
  Object.entries(subjects).map(
    ([subject, { canvas, format, kind }]): Case => ({
      group: 'preset',
      title: `${name} of a ${subject} is complete, and every file is what its name and size say`,
      contentType: `image/${format}`,
      preset: name,
      original: () => encoded(canvas(), format),
      check: async (outcome) => {
        const { width, height } = canvas();
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
