import { createHash } from 'node:crypto';
import { type Format, formats } from '../core/formats.ts';

/** A file of a version, with the digest that the catalogue, or its manifest, has of it. */
export type ServedFile = { readonly url: string; readonly format: Format; readonly sha256: string };

/** An address for people, without what signs it: who has that may fetch the original, too. */
export const unsigned = (address: string): string => {
  const { origin, pathname } = new URL(address);
  return origin + pathname;
};

/** The faults of a file as people get it; empty if its bytes and headers are right. */
export const complaintsAbout = async ({ url, format, sha256 }: ServedFile): Promise<readonly string[]> => {
  const answer = await fetchAsPage(url);
  if (answer?.status !== 200) return [faultOf(answer)];
  const isSame = createHash('sha256').update(answer.bytes).digest('base64') === sha256;
  return [
    ...(isSame ? [] : ['has other bytes than the catalogue says']),
    ...faultsOfHeaders(answer.headers, formats[format].contentType),
  ];
};

type Answer = { readonly status: number; readonly headers: Headers; readonly bytes: Uint8Array };

/** As a page of another origin, because pictures are for every page. Undefined where there is no answer. */
export const fetchAsPage = async (url: string): Promise<Answer | undefined> => {
  try {
    const answer = await fetch(url, { headers: { origin: 'https://page.example' } });
    return { status: answer.status, headers: answer.headers, bytes: new Uint8Array(await answer.arrayBuffer()) };
  } catch {
    return undefined;
  }
};

export const faultOf = (answer: Answer | undefined): string =>
  answer ? `answers ${answer.status}` : 'cannot be fetched: there is no answer';

export const faultsOfHeaders = (headers: Headers, contentType: string): readonly string[] => {
  const type = headers.get('content-type');
  const found = [
    type !== contentType && `has the content type ${type} instead of ${contentType}`,
    !/\bimmutable\b/.test(headers.get('cache-control') ?? '') &&
      'may not be cached for ever: cache-control lacks immutable',
    headers.get('x-content-type-options') !== 'nosniff' &&
      'lets a browser guess its type: x-content-type-options is not nosniff',
    headers.get('access-control-allow-origin') !== '*' &&
      'cannot be read by every page: access-control-allow-origin is not *',
  ];
  return found.filter((sentence) => sentence !== false);
};
