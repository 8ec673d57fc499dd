// count.mjs EXIT-CODE --log|--jest FILE: prints `PASSED FAILED` of one stage, for .ci/run to add up.
import { existsSync, readFileSync } from 'node:fs';

const fromJest = (file) => {
  if (!existsSync(file)) return { passed: 0, failed: 0 };
  const report = JSON.parse(readFileSync(file, 'utf8'));
  // A skipped test proves nothing, and a suite that cannot even be loaded has no tests to count.
  const failed =
    report.numFailedTests + report.numPendingTests + report.numTodoTests + report.numRuntimeErrorTestSuites;
  return { passed: report.numPassedTests, failed };
};

const fromLog = (file, succeeded) => {
  const lastLine = readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? '';
  const said = /^(\d+) passed, (\d+) failed$/.exec(lastLine);
  if (said) return { passed: Number(said[1]), failed: Number(said[2]) };
  return succeeded ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
};

const [code, kind, file] = process.argv.slice(2);
const succeeded = code === '0';
const { passed, failed } = kind === '--jest' ? fromJest(file) : fromLog(file, succeeded);

// Neither a stage that ended badly without a failed test nor one that tested nothing has succeeded.
const silent = failed === 0 && (!succeeded || passed === 0);
process.stdout.write(`${passed} ${failed + (silent ? 1 : 0)}\n`);
