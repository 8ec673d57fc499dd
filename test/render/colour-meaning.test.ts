import { expect, test } from '@jest/globals';
import config from '../../darkroom.config.ts';
import { type Preset, shippedPresets } from '../../lib/core/presets.ts';
import { colourMeaning } from '../../lib/render/colour-meaning.ts';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';
import { checkCase, rendererSubject } from '../system/conformance/check-case.ts';
import { calibratedPngs } from '../system/conformance/corpus/calibrated-png.ts';
import { cube, patches } from '../system/conformance/draw/canvas.ts';
import { png, profileChunk } from '../system/conformance/draw/png.ts';
import { profileOf, spaces } from '../system/conformance/draw/profiles.ts';

const subject = rendererSubject(sharpRenderer());
const inSeveralWays = calibratedPngs.filter(({ title }) => /profile/.test(title));

test('PNGs that say their colours in several ways are looked at', () => {
  expect(inSeveralWays).toHaveLength(9);
});

// One file is quicker than all of a preset.
const formats = { photo: ['png'], graphic: ['png'], transparent: ['png'], animated: ['webp'] } as const;
const preset: Preset = { ...shippedPresets.web, variants: [{ name: '1280w', width: 1280, fit: 'inside' }], formats };

// What is expected is computed from the drawn colours, by arithmetic of its own.
test.each(inSeveralWays.map((each) => [each.title, each] as const))('%s', async (_, each) => {
  expect((await checkCase(subject, { ...each, settings: { preset } })).complaint).toBeUndefined();
});

test('an HDR PNG gets the same files with a profile beside its code points as without', async () => {
  const { width, height, data } = patches(cube);
  const pq = ['cICP', Buffer.of(9, 16, 0, 1)] as const;
  const order = { contentType: 'image/png', preset, limits: config.limits, keepCopyright: false } as const;
  const made = async (before: Parameters<typeof png>[0]['before'] = []) => {
    const original = png({ width, height, colourType: 2, rows: data, before });
    const { variants } = await sharpRenderer().render(original, order, async () => undefined);
    return variants.map(({ sha256 }) => sha256);
  };
  const [plain, profiled] = [await made([pq]), await made([pq, profileChunk(profileOf(spaces.rec2020))])];
  expect(profiled).toEqual(plain);
  expect(plain).not.toEqual(await made([profileChunk(profileOf(spaces.rec2020))]));
});

const calibration = { gamma: 1 };
const exact = { primaries: 9, transfer: 16 };
const rare = { primaries: 11, transfer: 16 };
test.each([
  ['exact code points', { colour: exact, calibration }, true, { by: 'code-points', colour: exact }],
  ['rare code points with a profile', { colour: rare }, true, { by: 'profile' }],
  ['rare code points alone', { colour: rare }, false, { by: 'code-points', colour: rare }],
  ['code points of sRGB with a profile', { colour: { primaries: 1, transfer: 13 } }, true, { by: 'srgb' }],
  ['code points of BT.709 with a profile', { colour: { primaries: 1, transfer: 1 } }, true, { by: 'profile' }],
  ['a profile with a gamma', { calibration }, true, { by: 'profile' }],
  ['a gamma', { calibration }, false, { by: 'calibration', calibration }],
  ['the usual gamma', { calibration: { gamma: 0.45455 } }, false, { by: 'srgb' }],
  ['nothing', {}, false, { by: 'srgb' }],
])('%s: what counts', (_, structure, hasProfile, meaning) => {
  expect(colourMeaning(structure, { hasProfile })).toEqual(meaning);
});
