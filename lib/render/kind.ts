import type { Pixels } from './pixels.ts';

export const kindOf = (_upright: Pixels): 'photo' | 'graphic' => 'photo';
