import { rename, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { sharpRenderer } from '../../../lib/render/sharp-renderer.ts';
import type { Case } from './case.ts';
import { type CaseResult, checkCase, factsOf, nameOf, reasonOf, rendererSubject } from './check-case.ts';
import { corpus } from './corpus/index.ts';
import { darkroomAt, securityCases } from './security.ts';
import { serviceSubject } from './service.ts';
import { withTestPreset } from './test-presets.ts';

const usage = `npm run conformance -- [options]

  --url http://host:port   check a running Darkroom; without it, the renderer in this process
  --key KEY                its API key
  --security               check only how that Darkroom protects what it keeps
  --only TEXT              check only cases whose group or title contains the text
  --failed                 print only failed cases
  --record FILE            write the results of all cases to a file, to compare two homes`;

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    key: { type: 'string' },
    only: { type: 'string' },
    failed: { type: 'boolean', default: false },
    record: { type: 'string' },
    security: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const print = (line: string) => process.stdout.write(`${line}\n`);
if (values.help) {
  print(usage);
  process.exit(0);
}

const subject = values.url ? serviceSubject(values.url, values.key) : rendererSubject(sharpRenderer());
if (values.security && !values.url) {
  print('--security checks a running Darkroom. Give its address with --url.');
  process.exit(2);
}
const chosen = (values.security ? [] : corpus).filter(({ group, title }) =>
  `${group} ${title}`.includes(values.only ?? ''),
);
// The settings of a deployment cannot be changed from outside.
const checkedCases = values.url ? chosen.filter(({ settings }) => settings === undefined) : chosen.map(withTestPreset);

const line = ({ case: { group, title }, complaint, ms }: CaseResult) =>
  `${complaint === undefined ? 'pass' : 'FAIL'}  ${group.padEnd(11)}  ${ms.toFixed(0).padStart(6)} ms  ${title}${complaint === undefined ? '' : `\n        ${complaint}`}`;

const made: Record<string, unknown> = {};
const noting = async (each: Case) => {
  const outcome = await subject(each);
  made[nameOf(each)] = factsOf(outcome);
  return outcome;
};

let failed = 0;
for (const each of checkedCases) {
  const result = await checkCase(noting, each);
  if (result.complaint !== undefined) failed++;
  if (result.complaint !== undefined || !values.failed) print(line(result));
}
if (values.record) {
  // Those who wait for the file see it when it is whole.
  await writeFile(`${values.record}.part`, JSON.stringify(made));
  await rename(`${values.record}.part`, values.record);
}
const guarded = values.url ? securityCases.filter(({ title }) => `security ${title}`.includes(values.only ?? '')) : [];
if (values.url && guarded.length > 0) {
  const darkroom = darkroomAt(values.url, values.key);
  for (const { title, check } of guarded) {
    const complaint = await check(darkroom).then(() => undefined, reasonOf);
    if (complaint !== undefined) failed++;
    if (complaint !== undefined || !values.failed)
      print(`${complaint === undefined ? 'pass' : 'FAIL'}  security     ${title}`);
    if (complaint !== undefined) print(`        ${complaint}`);
  }
  await darkroom.tidy();
}
const omitted = chosen.length - checkedCases.length;
if (omitted > 0) print(`\n${omitted} cases need settings that cannot be chosen from outside and were left out.`);
const all = checkedCases.length + guarded.length;
print(`\n${all - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 || all === 0 ? 1 : 0;
