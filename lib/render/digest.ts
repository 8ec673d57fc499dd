import { createHash } from 'node:crypto';

export const sha256Of = (data: string | Uint8Array, encoding: 'hex' | 'base64'): string =>
  createHash('sha256').update(data).digest(encoding);
