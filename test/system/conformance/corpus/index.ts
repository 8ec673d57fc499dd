import type { Case } from '../case.ts';
import { animation } from './animation.ts';
import { avifRanges } from './avif-range.ts';
import { calibratedPngs } from './calibrated-png.ts';
import { colour } from './colour.ts';
import { damage } from './damage.ts';
import { flawedJpegs } from './flawed-jpeg.ts';
import { gifs } from './gif.ts';
import { kinds } from './kinds.ts';
import { metadata } from './metadata.ts';
import { orientation } from './orientation.ts';
import { placeholders } from './placeholder.ts';
import { premultipliedAvifs } from './premultiplied-avif.ts';
import { presets } from './presets.ts';
import { refusals } from './refusals.ts';
import { shapes } from './shapes.ts';
import { turnedAnimations } from './turned-animation.ts';

/** The checks of these read the file of full size; one that reads another names its own preset. */
const ofOneFile = (cases: readonly Case[]): readonly Case[] => cases.map((each) => ({ enough: 'whole', ...each }));

export const corpus: readonly Case[] = [
  ...kinds,
  ...presets,
  ...orientation,
  ...ofOneFile([...colour, ...calibratedPngs, ...avifRanges]),
  ...premultipliedAvifs,
  ...flawedJpegs,
  ...shapes,
  ...animation,
  ...turnedAnimations,
  ...ofOneFile(gifs),
  ...metadata,
  ...placeholders,
  ...refusals,
  ...damage,
];
