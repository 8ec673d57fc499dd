import type { Input } from '../input.ts';
import { avifs } from './avif.ts';
import { cutOff } from './cut-off.ts';
import { foreign } from './foreign.ts';
import { gifs } from './gif.ts';
import { jpegs } from './jpeg.ts';
import { pngs } from './png.ts';
import { webps } from './webp.ts';

export const allInputs = async (): Promise<readonly Input[]> => [
  ...foreign,
  ...jpegs,
  ...pngs,
  ...webps,
  ...gifs,
  ...avifs,
  ...(await cutOff()),
];
