import { fileURLToPath } from 'node:url';

/** The command that the tests drive: that of the checkout, or an installed one whose path TESTED_PROGRAM names. */
export const program = process.env.TESTED_PROGRAM ?? fileURLToPath(new URL('../../bin/darkroom.ts', import.meta.url));
