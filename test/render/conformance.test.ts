import { describe, expect, test } from '@jest/globals';
import { sharpRenderer } from '../../lib/render/sharp-renderer.ts';
import { checkCase, rendererSubject } from '../system/conformance/check-case.ts';
import { corpus } from '../system/conformance/corpus/index.ts';
import { withTestPreset } from '../system/conformance/test-presets.ts';

const subject = rendererSubject(sharpRenderer());

/** The first quick ones of each group; `npm run conformance` checks them all. */
const quick = [...Map.groupBy(corpus, ({ group }) => group).values()].flatMap((group) =>
  group.filter((each) => each.quick).slice(0, 2),
);

describe.each([...new Set(quick.map(({ group }) => group))])('conformance: %s', (group) => {
  test.each(quick.filter((each) => each.group === group).map((each) => [each.title, each] as const))(
    '%s',
    async (_, each) => {
      expect((await checkCase(subject, withTestPreset(each))).complaint).toBeUndefined();
    },
  );
});

test('the corpus has at least 400 cases, and no two of one title', () => {
  expect(corpus.length).toBeGreaterThanOrEqual(400);
  expect(new Set(corpus.map(({ title }) => title)).size).toBe(corpus.length);
});
