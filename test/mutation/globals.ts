// What the suites import from `@jest/globals`: the same functions, in a plain process.

export { expect } from 'expect';
export { afterAll, afterEach, beforeAll, beforeEach, describe, test } from 'jest-circus';
