import { createHash } from 'node:crypto';
import type { ImageAnswer } from '../contract/answers.ts';
import { formats } from '../core/formats.ts';

type Variant = NonNullable<ImageAnswer['ready']>['variants'][number];

/** The faults of a variant as people get it; empty if its bytes and headers are right. */
export const complaintsAbout = async ({ url, format, sha256 }: Variant): Promise<readonly string[]> => {
  let answer: Response;
  let bytes: Uint8Array;
  try {
    answer = await fetch(url);
    bytes = new Uint8Array(await answer.arrayBuffer());
  } catch {
    return ['cannot be fetched: there is no answer'];
  }
  if (answer.status !== 200) return [`answers ${answer.status}`];
  const { contentType } = formats[format];
  const type = answer.headers.get('content-type');
  const caching = answer.headers.get('cache-control') ?? '';
  const found = [
    createHash('sha256').update(bytes).digest('base64') !== sha256 && 'has other bytes than the catalogue says',
    type !== contentType && `has the content type ${type} instead of ${contentType}`,
    !/\bimmutable\b/.test(caching) && 'may not be cached for ever: cache-control lacks immutable',
  ];
  return found.filter((sentence) => sentence !== false);
};
