import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import { sharpRenderer } from '../../../lib/render/sharp-renderer.ts';
import { until } from '../../support/until.ts';
import type { Case, Outcome } from '../conformance/case.ts';
import { checkCase, factsOf, nameOf, rendererSubject } from '../conformance/check-case.ts';
import { corpus } from '../conformance/corpus/index.ts';
import { serviceSubject } from '../conformance/service.ts';
import { withTestPreset } from '../conformance/test-presets.ts';
import { keys } from './emulated.ts';
import { startFront } from './front.ts';

const front = await startFront();
// The emulator takes longer for an answer than for a render of most cases.
const service = serviceSubject(front.url, keys.judge, { firstMs: 500, longestMs: 2000 });
/** Ends what hangs: some cases make many files, and an emulator on a busy machine is slow. */
const mostMs = 1_800_000;

const here = rendererSubject(sharpRenderer());
/** What `npm run conformance -- --record FILE` writes, also while this suite runs, saves the second render of each case. */
const file = process.env.DARKROOM_CORPUS_RECORD;
const recordOnceThere = async (path: string): Promise<Record<string, unknown>> => {
  await until(
    () => existsSync(path),
    () => `there is no ${path}`,
    { limitMs: mostMs },
  );
  return JSON.parse(await readFile(path, 'utf8'));
};
const recorded = file === undefined ? undefined : recordOnceThere(file);
// Each case says that it failed; one that has not begun yet must not end the process.
recorded?.catch(() => undefined);
const factsOnOneBox = async (each: Case): Promise<unknown> =>
  recorded ? (await recorded)[nameOf(each)] : factsOf(await here(each));

describe('The deployed stack', () => {
  afterAll(() => front.close());
  // Cases with settings of their own need a deployment of their own; the renderer's own suite checks those.
  const cases = corpus.filter(({ settings }) => settings === undefined).map(withTestPreset);

  test.concurrent.each(cases.map((each): [string, Case] => [nameOf(each), each]))(
    'is right about %s, and makes the same of it as the one-box home',
    async (_title, each) => {
      let outcome: Outcome | undefined;
      const result = await checkCase(async (subject) => {
        outcome = await service(subject);
        return outcome;
      }, each);
      expect(result.complaint).toBeUndefined();
      expect(outcome && factsOf(outcome)).toEqual(await factsOnOneBox(each));
    },
    mostMs,
  );
});
