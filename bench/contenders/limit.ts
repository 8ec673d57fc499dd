import config from '../../darkroom.config.ts';
import { formats } from '../../lib/core/formats.ts';
import { plan } from '../../lib/core/plan.ts';
import { shippedPresets } from '../../lib/core/presets.ts';
import { admitOriginal } from '../../lib/render/admit.ts';
import { firstGuess } from '../../lib/render/choose-quality.ts';
import { decode } from '../../lib/render/decode.ts';
import { encode } from '../../lib/render/encode.ts';
import { encoderFor } from '../../lib/render/encoder-settings.ts';
import { withoutAlpha } from '../../lib/render/opacity.ts';
import type { Pixels } from '../../lib/render/pixels.ts';
import { scaled, scaleNeeded } from '../../lib/render/scale.ts';
import { sniff } from '../../lib/render/sniff.ts';
import type { Contender, Made } from './contender.ts';

/** The least that these codecs can do: one decode, each resize and each encode, one after the other, and nothing else. */
export const limit: Contender = async (original) => {
  const sniffed = sniff(original);
  if (!('accepted' in sniffed)) throw new Error('the original is not of an accepted format');
  const order = {
    contentType: formats[sniffed.accepted].contentType,
    preset: shippedPresets.web,
    limits: config.limits,
    keepCopyright: false,
  } as const;
  const admitted = await admitOriginal(original, order);
  const { width, height } = admitted;
  const encodings = plan(order.preset, { width, height, kind: 'photo', transparent: false, format: 'jpeg' });
  const upright = withoutAlpha(await decode(admitted, scaleNeeded(admitted, encodings)));
  const pictures = new Map<string, Pixels>();
  const made: Made[] = [];
  for (const encoding of encodings) {
    const key = JSON.stringify(encoding.picture);
    const pixels = pictures.get(key) ?? (await scaled(upright, encoding.picture));
    pictures.set(key, pixels);
    const quality = encoding.quality === null ? {} : { quality: firstGuess(encoding.quality) };
    const settings = { ...encoderFor(encoding, { kind: 'photo', transparent: false }, {}, 1), ...quality };
    const bytes = await encode(pixels, encoding.format, settings, undefined);
    const { width, height } = encoding.picture;
    for (const name of encoding.names) made.push({ name, format: encoding.format, width, height, bytes });
  }
  return made;
};
