import { readFile } from 'node:fs/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import { sharpRenderer } from '../../../lib/render/sharp-renderer.ts';
import type { Case, Outcome } from '../conformance/case.ts';
import { checkCase, factsOf, nameOf, rendererSubject } from '../conformance/check-case.ts';
import { corpus } from '../conformance/corpus/index.ts';
import { serviceSubject } from '../conformance/service.ts';
import { keys } from './emulated.ts';
import { startFront } from './front.ts';

const front = await startFront();
const service = serviceSubject(front.url, keys.judge);
/** Ends what hangs: some cases make many files, and an emulator on a busy machine is slow. */
const mostMs = 1_800_000;

const here = rendererSubject(sharpRenderer());
/** What `npm run conformance -- --record FILE` wrote saves the second render of each case. */
const file = process.env.DARKROOM_CORPUS_RECORD;
const recorded: Record<string, unknown> | undefined = file && JSON.parse(await readFile(file, 'utf8'));
const factsOnOneBox = async (each: Case): Promise<unknown> =>
  recorded ? recorded[nameOf(each)] : factsOf(await here(each));

describe('The deployed stack', () => {
  afterAll(() => front.close());
  // Cases with settings of their own need a deployment of their own; the renderer's own suite checks those.
  const cases = corpus.filter(({ settings }) => settings === undefined);

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
