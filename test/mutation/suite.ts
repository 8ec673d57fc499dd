// Runs one suite in this process, up to the first test that fails. Exit code 0: every test has passed.
import { pathToFileURL } from 'node:url';
import { addEventHandler, run } from 'jest-circus';

const [file = ''] = process.argv.slice(2);
const failed = (error: unknown): never => {
  process.stderr.write(`${error instanceof Error ? error.stack : JSON.stringify(error)}\n`);
  process.exit(1);
};
process.on('uncaughtException', failed);
process.on('unhandledRejection', failed);
// Jest reads it: a busy machine must not come near it.
Object.assign(globalThis, { [Symbol.for('TEST_TIMEOUT_SYMBOL')]: 180_000 });
addEventHandler((event) => {
  if (event.name === 'test_done' && event.test.errors.length > 0) failed(event.test.errors);
});
await import(pathToFileURL(file).href);
const { testResults, unhandledErrors } = await run();
if (unhandledErrors.length > 0 || testResults.length === 0) failed(unhandledErrors);
process.exit(0);
