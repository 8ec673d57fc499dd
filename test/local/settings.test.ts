import { describe, expect, test } from '@jest/globals';
import { hashOfKey } from '../../lib/core/api-keys.ts';
import { readSettings } from '../../lib/local/settings.ts';

const secret = 's'.repeat(16);
const webhook = { DARKROOM_WEBHOOK_URL: 'https://app.example/hooks', DARKROOM_WEBHOOK_SECRET: secret };
const whsec = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;
const purge = { DARKROOM_PURGE_URL: 'http://127.0.0.1:9100/purge', DARKROOM_PURGE_SECRET: secret };

describe('the environment', () => {
  test.each([
    [{ DARKROOM_HOST: '0.0.0.0', DARKROOM_PUBLIC_URL: 'http://pictures.example' }, 'Set DARKROOM_API_KEY'],
    [{ DARKROOM_HOST: '192.168.1.7' }, 'Set DARKROOM_API_KEY'],
    [{ DARKROOM_HOST: '127.0.0.1.nip.example' }, 'Set DARKROOM_API_KEY'],
    [{ DARKROOM_API_KEY: 'fifteen-letters' }, 'DARKROOM_API_KEY cannot be used: at least 16'],
    [{ DARKROOM_API_KEY: `${secret},short` }, 'DARKROOM_API_KEY cannot be used: at least 16'],
    [{ DARKROOM_API_KEY: 'sixteen and spaces' }, 'DARKROOM_API_KEY cannot be used: at least 16'],
    [{ DARKROOM_API_KEY: ' , ' }, 'DARKROOM_API_KEY cannot be used: at least one'],
    [{ DARKROOM_API_KEY: '' }, 'DARKROOM_API_KEY cannot be used: at least one'],
    [{ DARKROOM_ALLOWED_ORIGINS: '*' }, 'DARKROOM_ALLOWED_ORIGINS cannot be used: origins such as'],
    [{ DARKROOM_ALLOWED_ORIGINS: 'https://app.example/' }, 'DARKROOM_ALLOWED_ORIGINS cannot be used: origins such as'],
    [{ DARKROOM_ALLOWED_ORIGINS: 'https://*.example' }, 'DARKROOM_ALLOWED_ORIGINS cannot be used: origins such as'],
    [{ DARKROOM_ALLOWED_ORIGINS: 'app.example' }, 'DARKROOM_ALLOWED_ORIGINS cannot be used: origins such as'],
    [{ DARKROOM_PUBLIC_URL: 'https://pictures.example/?size=1' }, 'without ? and #'],
    [{ DARKROOM_PUBLIC_URL: 'https://pictures.example/#top' }, 'without ? and #'],
    [{ DARKROOM_TICKETS_PER_MINUTE: '0' }, 'DARKROOM_TICKETS_PER_MINUTE cannot be used: a whole number from 1 to'],
    [{ DARKROOM_PORT: '' }, 'DARKROOM_PORT cannot be used: a whole number from 0 to 65535'],
    [{ DARKROOM_PORT: '-1' }, 'DARKROOM_PORT cannot be used: a whole number'],
    [{ DARKROOM_PORT: '80.5' }, 'DARKROOM_PORT cannot be used: a whole number'],
    [{ DARKROOM_PORT: '65536' }, 'DARKROOM_PORT cannot be used: a whole number'],
    [{ DARKROOM_KEEP_FREE_MB: ' ' }, 'DARKROOM_KEEP_FREE_MB cannot be used: a whole number'],
    [{ DARKROOM_QUEUE_SIZE: '1e3' }, 'DARKROOM_QUEUE_SIZE cannot be used: a whole number'],
    [{ DARKROOM_DATA: '' }, 'DARKROOM_DATA cannot be used: the path of a folder'],
    [{ DARKROOM_HOST: '' }, 'DARKROOM_HOST cannot be used: an address of this machine'],
    [{ DARKROOM_WEBHOOK_URL: 'http://127.0.0.1/' }, 'Set DARKROOM_WEBHOOK_SECRET'],
    [{ DARKROOM_WEBHOOK_SECRET: secret }, 'Set DARKROOM_WEBHOOK_URL'],
    [{ ...webhook, DARKROOM_WEBHOOK_URL: 'ftp://app.example/' }, 'DARKROOM_WEBHOOK_URL cannot be used'],
    [{ ...webhook, DARKROOM_WEBHOOK_URL: 'https://me:you@app.example/' }, 'without a user and a password'],
    [{ ...webhook, DARKROOM_WEBHOOK_URL: 'http://192.168.1.7/hooks' }, 'Set DARKROOM_WEBHOOK_PRIVATE=allow'],
    [{ ...webhook, DARKROOM_WEBHOOK_URL: 'http://localhost:3000/hooks' }, 'Set DARKROOM_WEBHOOK_PRIVATE=allow'],
    [{ ...webhook, DARKROOM_WEBHOOK_URL: 'http://2130706433/hooks' }, 'Set DARKROOM_WEBHOOK_PRIVATE=allow'],
    [{ ...webhook, DARKROOM_WEBHOOK_URL: 'http://[::ffff:10.0.0.1]/hooks' }, 'Set DARKROOM_WEBHOOK_PRIVATE=allow'],
    [{ ...webhook, DARKROOM_WEBHOOK_PRIVATE: 'yes' }, 'DARKROOM_WEBHOOK_PRIVATE cannot be used'],
    [{ ...webhook, DARKROOM_WEBHOOK_SECRET: 'short' }, 'DARKROOM_WEBHOOK_SECRET cannot be used: at least 16'],
    [{ ...webhook, DARKROOM_WEBHOOK_SECRET: ',' }, 'DARKROOM_WEBHOOK_SECRET cannot be used: at least one secret'],
    [{ ...webhook, DARKROOM_WEBHOOK_SECRET: `${secret},whsec_not+base64+at*all` }, 'base64 of 24 to 64 random bytes'],
    [{ ...webhook, DARKROOM_WEBHOOK_SECRET: whsec(23) }, 'base64 of 24 to 64 random bytes'],
    [{ ...webhook, DARKROOM_WEBHOOK_SECRET: whsec(65) }, 'base64 of 24 to 64 random bytes'],
    [{ DARKROOM_HOST: '::', DARKROOM_API_KEY: secret }, 'Set DARKROOM_PUBLIC_URL'],
    [{ DARKROOM_METRICS_KEY: 'another-secret-of-a-test' }, 'Set DARKROOM_API_KEY too, or remove it.'],
    [{ DARKROOM_OBJECTS_ENDPOINT: 'http://127.0.0.1:9000' }, 'Set DARKROOM_OBJECTS to the bucket, or remove it.'],
    [{ DARKROOM_PURGE_URL: 'http://127.0.0.1/' }, 'Set DARKROOM_PURGE_SECRET'],
    [{ DARKROOM_PURGE_SECRET: secret }, 'Set DARKROOM_PURGE_URL'],
    [{ ...purge, DARKROOM_PURGE_URL: 'ftp://cdn.example/' }, 'DARKROOM_PURGE_URL cannot be used'],
    [{ ...purge, DARKROOM_PURGE_URL: 'https://me:you@cdn.example/' }, 'without a user and a password'],
    [{ ...purge, DARKROOM_PURGE_SECRET: 'short' }, 'DARKROOM_PURGE_SECRET cannot be used: at least 16'],
  ])('%j is refused in one line that says what to do', (environment, sentence) => {
    const read = () => readSettings(environment as Record<string, string>);
    expect(read).toThrow(sentence);
    expect(read).not.toThrow(/\n|fifteen|short$/);
  });

  test.each(['127.0.0.1', 'localhost', '::1', '127.1.2.3'])('needs no key to listen on %s', (host) => {
    expect(readSettings({ DARKROOM_HOST: host })).toMatchObject({ host, keys: [] });
  });

  test('may hold several keys, of which the settings keep the hashes alone', () => {
    const [older, newer] = ['the-key-of-last-month', 'the-key-of-this-month'];
    const settings = readSettings({ DARKROOM_API_KEY: `${older}, ${newer}`, DARKROOM_HOST: '192.168.1.7' });
    expect(settings.keys).toEqual([hashOfKey(older), hashOfKey(newer)]);
    expect(JSON.stringify(settings)).not.toContain('the-key');
  });

  test('may hold several secrets of a webhook, in the form of Standard Webhooks or any other', () => {
    const secrets = [whsec(24), whsec(64), secret];
    const settings = readSettings({ ...webhook, DARKROOM_WEBHOOK_SECRET: secrets.join(', ') });
    expect(settings.webhook?.secrets).toEqual(secrets);
  });

  test('may hold keys with rights of their own, as hashes', () => {
    const limited = { sha256: hashOfKey('a key of the shop'), rights: ['upload'], collections: ['shop-'] };
    const all = hashOfKey('another');
    const settings = readSettings({ DARKROOM_KEYS: JSON.stringify([limited, all]), DARKROOM_HOST: '192.168.1.7' });
    expect(settings.keys).toEqual([limited, all]);
  });

  test.each([
    ['{', 'a JSON list'],
    ['["a key in clear"]', 'SHA-256'],
    [JSON.stringify([{ sha256: hashOfKey('a'), rights: [] }]), 'at least one right'],
    [JSON.stringify([{ sha256: hashOfKey('a'), rights: ['delete'] }]), 'DARKROOM_KEYS cannot be used'],
    [JSON.stringify([{ sha256: hashOfKey('a'), rights: ['read'], collections: [] }]), 'DARKROOM_KEYS cannot be used'],
  ])('refuses %s as a list of keys', (DARKROOM_KEYS, sentence) => {
    expect(() => readSettings({ DARKROOM_KEYS })).toThrow(sentence);
  });

  test.each([
    ['https://pictures.example/', 'https://pictures.example'],
    ['HTTPS://Pictures.example:443/our pictures//', 'https://pictures.example/our%20pictures'],
    ['https://bücher.example/"<möwe>', 'https://xn--bcher-kva.example/%22%3Cm%C3%B6we%3E'],
  ])('takes %s for the public address %s', (url, publicUrl) => {
    expect(readSettings({ DARKROOM_PUBLIC_URL: url }).publicUrl).toBe(publicUrl);
  });

  test('may say how many connections there are at once, and how slow they may be', () => {
    const { connections, wrongKeysPerMinute } = readSettings({
      DARKROOM_MAX_CONNECTIONS: '50',
      DARKROOM_HEADER_SECONDS: '5',
      DARKROOM_IDLE_SECONDS: '10',
      DARKROOM_MIN_BYTES_PER_SECOND: '0',
      DARKROOM_WRONG_KEYS_PER_MINUTE: '7',
    });
    expect(connections).toEqual({ most: 50, headerMs: 5000, idleMs: 10_000, minBytesPerSecond: 0 });
    expect(wrongKeysPerMinute).toBe(7);
  });

  test('may name a webhook inside the network, a purge and a bucket, each whole or not at all', () => {
    expect(readSettings({})).toMatchObject({ webhook: undefined, purge: undefined, objects: undefined });
    const inside = { ...webhook, DARKROOM_WEBHOOK_URL: 'http://127.0.0.1/', DARKROOM_WEBHOOK_PRIVATE: 'allow' };
    expect(readSettings(inside).webhook).toMatchObject({ secrets: [secret], mayBeInside: true });
    expect(readSettings(webhook).webhook).toMatchObject({ mayBeInside: false });
    expect(readSettings(purge).purge).toEqual({ url: 'http://127.0.0.1:9100/purge', secret });
    const bucket = { DARKROOM_OBJECTS: 's3://pictures', DARKROOM_OBJECTS_ENDPOINT: 'http://127.0.0.1:9000' };
    expect(readSettings(bucket).objects).toEqual({ place: 's3://pictures', endpoint: 'http://127.0.0.1:9000' });
    expect(readSettings({ DARKROOM_OBJECTS: 's3://pictures' }).objects).toMatchObject({ place: 's3://pictures' });
  });

  test('may hold several origins', () => {
    const settings = readSettings({ DARKROOM_ALLOWED_ORIGINS: 'https://app.example,http://localhost:3000' });
    expect(settings.allowedOrigins).toEqual(['https://app.example', 'http://localhost:3000']);
  });
});
