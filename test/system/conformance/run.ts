import { parseArgs } from 'node:util';
import { sharpRenderer } from '../../../lib/render/sharp-renderer.ts';
import { corpus } from './corpus/index.ts';
import { judge, rendererSubject, type Verdict } from './judge.ts';
import { serviceSubject } from './service.ts';

const usage = `npm run conformance -- [options]

  --url http://host:port   judge a running Darkroom instead of the renderer in this process
  --key KEY                its API key
  --only TEXT              cases whose group or title contains the text
  --failed                 print only what failed`;

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    key: { type: 'string' },
    only: { type: 'string' },
    failed: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const print = (line: string) => process.stdout.write(`${line}\n`);
if (values.help) {
  print(usage);
  process.exit(0);
}

const subject = values.url ? serviceSubject(values.url, values.key) : rendererSubject(sharpRenderer());
const chosen = corpus.filter(({ group, title }) => `${group} ${title}`.includes(values.only ?? ''));
// A deployment cannot be told other settings from outside.
const judged = values.url ? chosen.filter(({ settings }) => settings === undefined) : chosen;

const line = ({ case: { group, title }, complaint, ms }: Verdict) =>
  `${complaint === undefined ? 'pass' : 'FAIL'}  ${group.padEnd(11)}  ${ms.toFixed(0).padStart(6)} ms  ${title}${complaint === undefined ? '' : `\n        ${complaint}`}`;

let failed = 0;
for (const each of judged) {
  const verdict = await judge(subject, each);
  if (verdict.complaint !== undefined) failed++;
  if (verdict.complaint !== undefined || !values.failed) print(line(verdict));
}
const omitted = chosen.length - judged.length;
if (omitted > 0) print(`\n${omitted} cases need settings that cannot be chosen from outside and were left out.`);
print(`\n${judged.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 || judged.length === 0 ? 1 : 0;
