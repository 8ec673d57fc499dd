import * as z from 'zod';
import { idPattern } from '../core/ids.ts';
import { moves } from '../core/image.ts';

/** Fields that several shapes share. */

export const namesOf = <Key extends string>(table: Record<Key, unknown>) => Object.keys(table) as [Key, ...Key[]];

/** The last letter stands for four bits: other letters than these would be a second way to write the same digest. */
export const sha256 = z
  .string()
  .regex(/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/, 'the base64 of a SHA-256 digest: 44 characters');
export const filename = z
  .string()
  // Embeddings, overrides and isolates show a name as another one: "photo\u202Egpj.exe" as "photoexe.jpg": docs/decisions.md#text-direction
  .regex(
    /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069]{1,255}$/u,
    'a file name of 1 to 255 characters, without control characters and without ones that turn the direction of the text',
  )
  // The same without names of classes, which few readers of a document understand; no JSON carries half a surrogate pair.
  .meta({ override: { pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069]{1,255}$' } });
export const collection = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'up to 64 letters, digits, dots, dashes and underscores');
export const instant = z.iso.datetime();
export const wholeNumber = (from: number, to: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `a whole number from ${from} to ${to}`)
    .transform(Number)
    .pipe(z.number().min(from).max(to, `a whole number from ${from} to ${to}`));

export const imageId = z.string().regex(idPattern, 'an image id: 26 lower-case letters and digits');
export const status = z.enum(namesOf(moves)).meta({
  id: 'Status',
  description:
    'Where a version is in its life. `pending`: nothing has been uploaded yet. `processing`: variants are being made. `retrying`: that failed for a passing reason and will be tried again. `ready`: every variant can be fetched. `failed`: the picture cannot be used, or three attempts failed. `expired`: the ticket ended without an upload. The last three are final.',
});
export const versionNumber = z.number().int().min(1).meta({ description: 'Counts the versions of one image from 1.' });
export const pixels = z.number().int().min(1);
export const count = z.number().int().min(0);
