import { createHash } from 'node:crypto';
import { retryAfterMs, waitForRetry } from '../client/retry.ts';
import { type Format, formats } from '../core/formats.ts';

/** A file of a version, with the digest that the catalogue, or its manifest, has of it. */
export type ServedFile = { readonly url: string; readonly format: Format; readonly sha256: string };

/** An address for people, without what signs it: who has that may fetch the original, too. */
export const unsigned = (address: string): string => {
  const { origin, pathname } = new URL(address);
  return origin + pathname;
};

/** What is wrong with a file as people get it. */
export type Fault = {
  readonly sentence: string;
  /** `file`: it is missing or holds other bytes. `delivery`: something on its way, which no other version would mend. */
  readonly of: 'file' | 'delivery';
};

/** The faults of a file as people get it; empty if its bytes and headers are right. */
export const complaintsAbout = async (
  { url, format, sha256 }: ServedFile,
  signal?: AbortSignal,
): Promise<readonly Fault[]> => {
  const answer = await fetchAsPage(url, signal);
  if (answer?.status !== 200) return [faultOf(answer)];
  const isSame = createHash('sha256').update(answer.bytes).digest('base64') === sha256;
  const { contentType } = formats[format];
  return [
    ...(isSame ? [] : [faultOfBytes(answer.headers, contentType, 'has other bytes than the catalogue says')]),
    ...faultsOfHeaders(answer.headers, contentType),
  ];
};

/** A page that a gateway answers in place of the file comes with the type of a page. */
export const faultOfBytes = (headers: Headers, contentType: string, sentence: string): Fault => ({
  sentence,
  of: headers.get('content-type') === contentType ? 'file' : 'delivery',
});

type Answer = { readonly status: number; readonly headers: Headers; readonly bytes: Uint8Array };

const attempts = 3;

/**
 * As a page of another origin, because pictures are for every page. What may be over soon is asked again. Undefined where
 * there is no answer, and where the signal comes first.
 */
export const fetchAsPage = async (url: string, signal?: AbortSignal): Promise<Answer | undefined> => {
  for (let attempt = 1; ; attempt++) {
    const answer = await fetchOnce(url, signal);
    if (answer && ![408, 429].includes(answer.status) && answer.status < 500) return answer;
    const askedMs = retryAfterMs(answer?.headers.get('retry-after') ?? null);
    if (attempt === attempts || !(await waitForRetry(attempt, askedMs, signal).catch(() => false))) return answer;
  }
};

const fetchOnce = async (url: string, signal: AbortSignal | undefined): Promise<Answer | undefined> => {
  try {
    const answer = await fetch(url, { headers: { origin: 'https://page.example' }, ...(signal && { signal }) });
    return { status: answer.status, headers: answer.headers, bytes: new Uint8Array(await answer.arrayBuffer()) };
  } catch {
    return undefined;
  }
};

export const faultOf = (answer: Answer | undefined): Fault =>
  answer
    ? { sentence: `answers ${answer.status}`, of: answer.status === 404 ? 'file' : 'delivery' }
    : { sentence: 'cannot be fetched: there is no answer', of: 'delivery' };

export const faultsOfHeaders = (headers: Headers, contentType: string): readonly Fault[] => {
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
  return found.filter((sentence) => sentence !== false).map((sentence) => ({ sentence, of: 'delivery' }));
};
