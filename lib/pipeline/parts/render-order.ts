import type { Config } from '../../core/config.ts';
import type { RenderSettings, Version } from '../../core/image.ts';
import type { RenderOrder } from '../../ports.ts';

/** What a preset is at present; undefined when the configuration has none of that name (any more). */
export const presentSettings = ({ presets, keepCopyright }: Config, name: string): RenderSettings | undefined => {
  const preset = presets[name];
  return preset && { preset, keepCopyright };
};

/** What a version was asked for with; for one from before that was kept, what its preset is at present. */
export const settingsOf = (
  config: Config,
  { settings, preset }: Pick<Version, 'settings' | 'preset'>,
): RenderSettings | undefined => settings ?? presentSettings(config, preset);

/** What a renderer is asked for; undefined when neither the version nor the configuration knows the preset. */
export const renderOrder = (
  config: Config,
  version: Pick<Version, 'settings' | 'preset' | 'original'>,
): RenderOrder | undefined => {
  const settings = settingsOf(config, version);
  return settings && { ...settings, contentType: version.original.contentType, limits: config.limits };
};
