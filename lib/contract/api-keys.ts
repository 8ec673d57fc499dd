import * as z from 'zod';
import { rights } from '../core/grants.ts';
import { collection } from './common.ts';

/** The keys of the API as both homes keep them: never the keys themselves. */
export const storedKeys = z.array(
  z.union([
    z.string().regex(/^[0-9a-f]{64}$/i, 'the SHA-256 of a key, in hexadecimal'),
    z.strictObject({
      name: z.string().min(1).max(100).optional(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/i, 'the SHA-256 of a key, in hexadecimal'),
      rights: z.array(z.enum(rights)).min(1, 'at least one right'),
      collections: z.array(collection).min(1, 'at least one prefix').optional(),
    }),
  ]),
);
