import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import { presigning, s3TicketOffice } from '../../../lib/adapters/aws/s3-ticket-office.ts';

const now = Date.parse('2026-03-01T12:00:00.400Z');
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
const office = s3TicketOffice(new S3Client({ region: 'eu-central-1', credentials, ...presigning }), 'bucket', {
  now: () => now,
});
const sha256 = 'n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=';
const key = `originals/${'a'.repeat(26)}/v1`;
const terms = { contentType: 'image/jpeg', bytes: 1234, sha256 } as const;
const paramsOf = async (url: Promise<string>) => Object.fromEntries(new URL(await url).searchParams);
const ticketFor = office.upload(key, terms, now + 900_000).then(({ url }) => url);

describe('A ticket for S3', () => {
  test('signs length, type, create-once and digest', async () => {
    const params = await paramsOf(ticketFor);
    expect(params['X-Amz-SignedHeaders']?.split(';')).toEqual([
      'content-length',
      'content-type',
      'host',
      'if-none-match',
      'x-amz-checksum-sha256',
    ]);
  });

  test('carries no checksum of a body that has not been sent yet', async () => {
    const names = Object.keys(await paramsOf(ticketFor))
      .join(' ')
      .toLowerCase();
    expect(names).not.toContain('checksum');
    expect(names).not.toContain('crc32');
  });

  test('signs no digest when none was declared', async () => {
    const { url, headers } = await office.upload(key, { ...terms, sha256: null }, now + 900_000);
    expect(new URL(url).searchParams.get('X-Amz-SignedHeaders')).toBe('content-length;content-type;host;if-none-match');
    expect(Object.keys(headers)).toEqual(['content-type', 'if-none-match']);
  });

  test('is for the host of the bucket in its own region', async () => {
    expect(new URL(await ticketFor).host).toBe('bucket.s3.eu-central-1.amazonaws.com');
  });

  const expiryOf = async (expiresAt: number) => {
    const { url } = await office.upload(key, terms, expiresAt);
    const { 'X-Amz-Date': date = '', 'X-Amz-Expires': seconds } = await paramsOf(Promise.resolve(url));
    const iso = date.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z');
    return Date.parse(iso) + Number(seconds) * 1000;
  };

  test.each([900_000, 60_999, 1000, 0, -5000])('that ends %i ms from now never outlives that', async (ms) => {
    const end = await expiryOf(now + ms);
    expect(end).toBeLessThanOrEqual(now + ms);
    expect(end).toBeGreaterThan(now + ms - 1000);
  });

  test('for a download names the attachment and nothing that a browser would show', async () => {
    const params = await paramsOf(office.download(key, 'Ünï.jpg', now + 3_600_000));
    expect(params['response-content-disposition']).toContain("filename*=UTF-8''%C3%9Cn%C3%AF.jpg");
    expect(params['response-content-type']).toBe('application/octet-stream');
    expect(params['X-Amz-Expires']).toBe('3600');
  });
});
