/** Something that only the person who starts the service can put right; the message says what and how. */
export class Unusable extends Error {
  override readonly name = 'Unusable';
}
