import type { SourceFormat } from '../../core/formats.ts';
import { avifStructure } from './avif.ts';
import { avifProperties } from './avif-properties.ts';
import { gifStructure } from './gif.ts';
import { jpegStructure } from './jpeg.ts';
import { pngStructure } from './png.ts';
import type { Structure } from './structure.ts';
import { webpStructure } from './webp.ts';

export type { Calibration, CodePoints, Structure } from './structure.ts';

export const structureOf = (format: SourceFormat, bytes: Uint8Array): Structure => readers[format](bytes);

const readers = {
  jpeg: jpegStructure,
  png: pngStructure,
  webp: webpStructure,
  avif: (bytes) => ({ ...avifStructure(bytes), ...avifProperties(bytes) }),
  gif: gifStructure,
} as const satisfies Record<SourceFormat, (bytes: Uint8Array) => Structure>;
