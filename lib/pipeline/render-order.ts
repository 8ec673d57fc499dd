import type { Config } from '../core/config.ts';
import type { Original } from '../core/image.ts';
import type { RenderOrder } from '../ports.ts';

/** What a renderer is asked for; undefined when the configuration has no such preset (any more). */
export const renderOrder = (
  { presets, limits, keepCopyright }: Config,
  presetName: string,
  { contentType }: Pick<Original, 'contentType'>,
): RenderOrder | undefined => {
  const preset = presets[presetName];
  return preset && { contentType, preset, limits, keepCopyright };
};
