import type { Config } from '../../core/config.ts';
import type { RenderSettings, Version } from '../../core/image.ts';
import type { RenderOrder } from '../../ports.ts';

/** The present settings of a preset; undefined if the configuration has none of that name. */
export const presentSettings = ({ presets, keepCopyright }: Config, name: string): RenderSettings | undefined => {
  const preset = presets[name];
  return preset && { preset, keepCopyright };
};

/** The settings that a version was requested with; for older versions without them, the present ones of its preset. */
export const settingsOf = (
  config: Config,
  { settings, preset }: Pick<Version, 'settings' | 'preset'>,
): RenderSettings | undefined => settings ?? presentSettings(config, preset);

/** The order for a renderer; undefined if neither the version nor the configuration has the preset. */
export const renderOrder = (
  config: Config,
  version: Pick<Version, 'settings' | 'preset' | 'original'>,
): RenderOrder | undefined => {
  const settings = settingsOf(config, version);
  return settings && { ...settings, contentType: version.original.contentType, limits: config.limits };
};
