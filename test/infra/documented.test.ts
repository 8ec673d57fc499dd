import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { typicalUsage } from '../../lib/core/cost.ts';
import { costTable } from '../../lib/core/cost-table.ts';
import { deploySettings } from '../../lib/infra/deploy-settings.ts';
import { synthesised } from './synthesised.ts';

const page = readFileSync(new URL('../../docs/aws.md', import.meta.url), 'utf8');
const rowsAfter = (heading: string) =>
  (page.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '')
    .split('\n')
    .flatMap((line) => /^\| `(\w+)` \|/.exec(line)?.[1] ?? []);

describe('docs/aws.md', () => {
  test('has the cost table that the command prints', () => {
    expect(page).toContain(costTable(typicalUsage));
  });

  test('names every setting, and no other', () => {
    expect(rowsAfter('Settings')).toEqual(Object.keys(deploySettings.shape));
  });

  test('says of every alarm what to look at, and of no other', () => {
    const alarms = Object.keys(synthesised().template.findResources('AWS::CloudWatch::Alarm'));
    const named = rowsAfter('Watching it');
    expect(named).toHaveLength(alarms.length);
    for (const name of named) expect(alarms.some((id) => id.includes(`Monitoring${name}`))).toBe(true);
  });

  test('names files that exist', () => {
    for (const [, path] of page.matchAll(/`((?:lib|test|docs|bin)\/[\w./-]+)`/g))
      expect(() => readFileSync(new URL(`../../${path}`, import.meta.url))).not.toThrow();
  });
});
