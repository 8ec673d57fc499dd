import type { ClientErrorCode } from '../../lib/client/error.ts';

/** The compiler asks for each code that the client itself has. */
const all = {
  unreachable: true,
  'unexpected-answer': true,
  'upload-refused': true,
  expired: true,
} satisfies Record<ClientErrorCode, true>;
export const clientErrors = Object.keys(all);
