import type { Encoding } from '../../lib/core/plan.ts';
import { encoderFor } from '../../lib/render/encoder-settings.ts';

export const settingsOfOurs = (encoding: Encoding): object =>
  encoderFor(encoding, { kind: 'photo', transparent: false }, {}, 1);
