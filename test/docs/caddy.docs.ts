import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { ImageAnswer, Ticket } from '../../lib/contract/answers.ts';
import { freePort } from '../support/free-port.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { rawRequest } from '../support/raw-request.ts';
import { put, startServiceOnKnownPort } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

// deploy/Caddyfile in front of a Darkroom. On Debian: `apt-get install caddy`. Its certificate is Caddy's own: nothing outside is asked for one.

const key = 'the-key-of-this-page';

test('Caddy, as deploy/Caddyfile sets it up, takes uploads, serves variants itself and keeps the metrics to this machine', async () => {
  const folder = await temporaryFolder();
  const data = join(folder.path, 'data');
  const port = await freePort();
  const site = `http://127.0.0.1:${port}`;
  const securePort = await freePort();
  const service = await startServiceOnKnownPort(data, {
    DARKROOM_PUBLIC_URL: site,
    DARKROOM_API_KEY: key,
    DARKROOM_WORKERS: '1',
  });
  const places = {
    'pictures.example {': `${site}, https://pictures.example:${securePort} {`,
    '/srv/darkroom/public': join(data, 'public'),
    '127.0.0.1:8787': `127.0.0.1:${service.port}`,
  };
  const written = Object.entries(places).reduce(
    (text, [there, ours]) => {
      expect(text).toContain(there);
      return text.replace(there, ours);
    },
    readFileSync(join(import.meta.dirname, '../../deploy/Caddyfile'), 'utf8'),
  );
  const file = join(folder.path, 'Caddyfile');
  const options = ['admin off', 'local_certs', 'skip_install_trust', 'auto_https disable_redirects'];
  await writeFile(file, `{\n\t${options.join('\n\t')}\n}\n${written}`);
  const env = { ...process.env, XDG_DATA_HOME: folder.path, XDG_CONFIG_HOME: folder.path };
  execFileSync('caddy', ['validate', '--config', file, '--adapter', 'caddyfile'], { env, stdio: 'ignore' });
  const caddy = spawn('caddy', ['run', '--config', file, '--adapter', 'caddyfile'], { env, stdio: 'ignore' });
  const closed = once(caddy, 'close');
  try {
    const call = (method: string, path: string, body?: unknown) =>
      rawRequest(site + path, { method, body, headers: { authorization: `Bearer ${key}` } });
    await until(() =>
      call('GET', '/v1/health').then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    const photo = await bytesOf(noise(1200, 900).png({ compressionLevel: 0 }));
    const asked = await call('POST', '/v1/images', { contentType: 'image/png', bytes: photo.length });
    const ticket = JSON.parse(asked.text) as Ticket;
    expect((await put(ticket, photo)).status).toBe(200);
    const image = await until(async () => {
      const found = JSON.parse((await call('GET', `/v1/images/${ticket.id}`)).text) as ImageAnswer;
      return found.status === 'ready' && found;
    });
    const told = [
      'content-type',
      'content-length',
      'cache-control',
      'access-control-allow-origin',
      'x-content-type-options',
    ];
    const urls = [...(image.ready?.variants ?? []).map(({ url }) => url), image.ready?.manifest ?? ''];
    expect(urls.length).toBeGreaterThan(10);
    for (const url of urls) {
      const [front, back] = [await fetch(url), await fetch(url.replace(site, `http://127.0.0.1:${service.port}`))];
      const shown = ({ status, headers }: Response) => [status, ...told.map((name) => headers.get(name))];
      expect(shown(front)).toEqual(shown(back));
      // Had it been passed on, the tag would be Darkroom's.
      expect([front.headers.get('server'), front.headers.get('etag') === back.headers.get('etag')]).toEqual([
        'Caddy',
        false,
      ]);
    }
    const open = `${site}/images/${image.id}/v1/64w`;
    const way = await fetch(open, { headers: { accept: 'image/webp' }, redirect: 'manual' });
    expect([way.status, way.headers.get('location')]).toEqual([302, `${open}.webp`]);
    const missing = await fetch(`${site}/images/${image.id}/v2/64w.avif`);
    expect([missing.status, missing.headers.get('cache-control')]).toEqual([404, 'public, max-age=1']);
    expect((await call('GET', '/metrics')).status).toBe(404);
    expect((await call('GET', '//x/metrics')).status).toBe(404);
    expect((await rawRequest(`${site}/v1/images`)).status).toBe(401);
    expect((await call('GET', '/secret')).status).toBe(404);

    const authority = join(folder.path, 'caddy/pki/authorities/local/root.crt');
    const ca = await until(() => readFile(authority, 'utf8').catch(() => false as const));
    const securely = (path: string) => getSecurely({ port: securePort, ca, path });
    const variant = new URL(urls[0] ?? '').pathname;
    // Until Caddy has signed the certificate, there is no handshake.
    const health = await until(() => securely('/v1/health').catch(() => false as const));
    const picture = await securely(variant);
    expect([health.statusCode, picture.statusCode, picture.headers['cache-control']]).toEqual([
      ...[200, 200],
      'public, max-age=31536000, immutable',
    ]);
  } finally {
    caddy.kill('SIGTERM');
    await closed;
    await service.stop();
    await folder.remove();
  }
});

/** A GET of a caller that checks the certificate and the name in it. */
const getSecurely = async (to: {
  readonly port: number;
  readonly ca: string;
  readonly path: string;
}): Promise<IncomingMessage> => {
  const name = 'pictures.example';
  const asking = request({ ...to, host: '127.0.0.1', servername: name, headers: { host: `${name}:${to.port}` } }).end();
  const [answer] = (await once(asking, 'response')) as [IncomingMessage];
  return answer.resume();
};
