import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { defineConfig } from '../../lib/core/config.ts';
import { settingDefaults, settingNames } from '../../lib/local/settings.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8');

/** Name and default of each row of the table that follows a heading. */
const tableBelow = (heading: string): Record<string, string> => {
  const section = page.split(/^## /m).find((text) => text.startsWith(heading)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  return Object.fromEntries(
    rows
      .map((row) => row.split('|').map((cell) => cell.trim()))
      .map(([, name = '', value = '']) => [name.replaceAll('`', ''), value]),
  );
};

/** Defaults that are computed, in words. */
const ofTheMachine: Readonly<Record<string, string>> = {
  DARKROOM_WORKERS: 'half of the processors',
  DARKROOM_RENDER_MEMORY_MB: '`2048`, or what the machine has',
};

const shown = (value: unknown): string => {
  if (value === undefined) return '–';
  if (Array.isArray(value)) return value.map(shown).join(', ');
  if (typeof value === 'object' && value !== null) return Object.keys(value).map(shown).join(', ');
  return `\`${value}\``;
};

test('every variable of the environment is documented with its default, in the order in which it is read', () => {
  const defaults = settingDefaults();
  expect(defaults.DARKROOM_WORKERS).toBe(Math.max(1, Math.floor(availableParallelism() / 2)));
  const expected = settingNames.map((name) => [name, ofTheMachine[name] ?? shown(defaults[name])]);
  expect(Object.entries(tableBelow('The environment'))).toEqual(expected);
});

test('every setting of darkroom.config.ts is documented with its default', () => {
  const { limits, retention, ...others } = defineConfig();
  const { maxPixels, ...oneByOne } = limits;
  const nested = Object.entries({ limits: oneByOne, 'limits.maxPixels': maxPixels, retention }).flatMap(
    ([group, settings]) => Object.entries(settings).map(([name, value]) => [`${group}.${name}`, value] as const),
  );
  const expected = [...Object.entries(others), ...nested].map(([name, value]) => [name, shown(value)]);
  expect(tableBelow('darkroom.config.ts')).toEqual(Object.fromEntries(expected));
});
