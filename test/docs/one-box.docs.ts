import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { type RequestOptions, request as secureRequest } from 'node:https';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ImageAnswer, Ticket } from '../../lib/contract/answers.ts';
import { freePort } from '../support/free-port.ts';
import { bytesOf, noise } from '../support/pictures.ts';
import { problemOf, type RawAnswer, rawRequest } from '../support/raw-request.ts';
import { imageOnce, isDone, put, type Service, startServiceOnKnownPort } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

// The nginx of deploy/nginx.conf in front of a Darkroom. Needs nginx: on Debian `apt-get install nginx-light`, elsewhere
// NGINX=/path/to/it; and openssl, for a certificate.

const block = readFileSync(join(import.meta.dirname, '../../deploy/nginx.conf'), 'utf8');
const key = 'the-key-of-this-page';

/** Distributions install it in a folder that is not always on a user's PATH. */
const findNginx = (): string => {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin'];
  const found = process.env.NGINX ?? folders.map((folder) => join(folder, 'nginx')).find((path) => existsSync(path));
  if (found === undefined || !existsSync(found))
    throw new Error(`There is no nginx${found ? ` at ${found}` : ''}. Install nginx-light, or set NGINX.`);
  return found;
};

/** What the file says, but for what belongs to the machine that it is said of. Each of these has to be in the file. */
const here = (places: Readonly<Record<string, string>>): string =>
  Object.entries(places).reduce((text, [there, ours]) => {
    expect(text).toContain(there);
    return text.replaceAll(there, ours);
  }, block);

type Nginx = { readonly url: string; readonly stop: () => Promise<void> };

const startNginx = async (port: number, folder: string, server: string): Promise<Nginx> => {
  const program = findNginx();
  await mkdir(folder);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const config = [
    // Without it, nginx run by root gives its workers a user that may not read a temporary folder.
    process.getuid?.() === 0 ? 'user root;' : '',
    `daemon off; worker_processes 1; error_log stderr; pid ${folder}/nginx.pid;`,
    'events {}',
    `http { access_log off; ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}`,
    server,
    '}',
  ].join('\n');
  const file = join(folder, 'nginx.conf');
  await writeFile(file, config);
  const child: ChildProcess = spawn(program, ['-p', folder, '-e', 'stderr', '-c', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const closed = once(child, 'close');
  let complaints = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk) => {
    complaints += chunk;
  });
  const stop = async () => {
    child.kill('SIGTERM');
    await closed;
  };
  const url = `http://127.0.0.1:${port}`;
  const isUp = async () => {
    if (child.exitCode !== null) throw new Error(`nginx ended at once: ${complaints}`);
    return rawRequest(`${url}/images/none`).then(
      () => true,
      () => false,
    );
  };
  try {
    await until(isUp, () => `nginx does not answer: ${complaints}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
};

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let service: Service;
/** Where Darkroom itself listens. */
let behind: string;
let nginx: Nginx;
let tls: { readonly port: number; readonly redirects: number; readonly ca: string };
let original: Uint8Array<ArrayBuffer>;

const call = (method: string, path: string, body?: unknown): Promise<RawAnswer> =>
  rawRequest(nginx.url + path, { method, body, headers: { authorization: `Bearer ${key}` } });

beforeAll(async () => {
  findNginx();
  folder = await temporaryFolder();
  const data = join(folder.path, 'data');
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const settings = { DARKROOM_PUBLIC_URL: address, DARKROOM_API_KEY: key, DARKROOM_WORKERS: '1' };
  const started = await startServiceOnKnownPort(data, settings);
  behind = `http://127.0.0.1:${started.port}`;
  service = {
    ...started,
    call: async (method, path, body) => {
      const { status, headers, text } = await call(method, path, body);
      return { status, headers: new Headers(headers as Record<string, string>), body: JSON.parse(text) as never };
    },
  };
  tls = { port: await freePort(), redirects: await freePort(), ...selfSigned(folder.path) };
  const server = here({
    'listen 80;': `listen 127.0.0.1:${tls.redirects};`,
    // Without TLS as well, because fetch takes no certificate of a test.
    'listen 443 ssl;': `listen 127.0.0.1:${tls.port} ssl; listen 127.0.0.1:${port};`,
    '/etc/letsencrypt/live/pictures.example/': `${folder.path}/`,
    '/srv/darkroom/public': join(data, 'public'),
    'http://127.0.0.1:8787': behind,
  });
  nginx = await startNginx(port, join(folder.path, 'nginx'), server);
  // More than nginx takes by itself, which is 1 MB.
  original = await bytesOf(noise(1200, 900).png({ compressionLevel: 0 }));
});
afterAll(async () => {
  await nginx?.stop();
  await service?.stop();
  await folder?.remove();
});

const askForTicket = async (bytes: number): Promise<Ticket> =>
  JSON.parse((await call('POST', '/v1/images', { contentType: 'image/png', bytes })).text);

/** A certificate for the name in the file. */
const selfSigned = (into: string): { readonly ca: string } => {
  const [cert, certKey] = [join(into, 'fullchain.pem'), join(into, 'privkey.pem')];
  const ours = ['-subj', '/CN=pictures.example', '-addext', 'subjectAltName=DNS:pictures.example', '-days', '2'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...ours, '-keyout', certKey, '-out', cert], { stdio: 'ignore' });
  return { ca: readFileSync(cert, 'utf8') };
};

/** A request by TLS, of a caller that checks the certificate and the name in it. */
const securely = (path: string, more: RequestOptions = {}, body?: Uint8Array): Promise<RawAnswer> =>
  new Promise((resolve, reject) => {
    const to = { host: '127.0.0.1', port: tls.port, ca: tls.ca, servername: 'pictures.example', path };
    const headers = { ...more.headers, host: 'pictures.example' };
    const asking = secureRequest({ ...to, ...more, headers }, (answer) => {
      let text = '';
      answer.setEncoding('latin1').on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
    });
    asking.on('error', reject).end(body);
  });

/** The answer to a request that declares a body of this length, and sends nothing of it. */
const declaring = (length: number, path: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const asking = request(nginx.url + path, { method: 'PUT', headers: { 'content-length': length } });
    asking.on('error', reject).on('response', (answer) => {
      resolve(answer.statusCode);
      asking.destroy();
    });
    asking.flushHeaders();
  });

describe('nginx, as deploy/nginx.conf sets it up, in front of Darkroom', () => {
  let image: ImageAnswer;
  let urls: readonly string[];
  let url: string;
  let bytes: Buffer;
  beforeAll(async () => {
    const ticket = await askForTicket(original.length);
    expect(original.length).toBeGreaterThan(3_000_000);
    expect(ticket.upload.url).toMatch(`${nginx.url}/originals/`);
    expect((await put(ticket, original)).status).toBe(200);
    const second = await put(ticket, original);
    expect([second.status, await second.text()]).toEqual([412, expect.stringContaining('PreconditionFailed')]);
    image = await imageOnce(service, ticket.id, isDone);
    const variants = image.ready?.variants ?? [];
    urls = [...variants.map((variant) => variant.url), image.ready?.manifest ?? ''];
    url = variants.find(({ format }) => format === 'jpeg' || format === 'png')?.url ?? '';
    bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
  });

  test('takes an upload to where it becomes ready', () => {
    expect(image).toMatchObject({ status: 'ready', attempts: 1, original: { bytes: original.length } });
    for (const one of urls) expect(one).toMatch(`${nginx.url}/images/${image.id}/v1/`);
  });

  test('serves every file itself, with the headers that Darkroom gives it', async () => {
    const told = ['content-type', 'content-length', 'cache-control', 'access-control-allow-origin'];
    const seen = async (address: string) => {
      const { status, headers } = await fetch(address);
      const shown = [...told, 'x-content-type-options', 'accept-ranges'].map((name) => [name, headers.get(name)]);
      return { status, shown: Object.fromEntries(shown), etag: headers.get('etag'), server: headers.get('server') };
    };
    expect(urls.length).toBeGreaterThan(10);
    for (const one of urls) {
      const [front, back] = [await seen(one), await seen(one.replace(nginx.url, behind))];
      expect([front.status, front.shown]).toEqual([200, back.shown]);
      expect(front.shown['cache-control']).toBe('public, max-age=31536000, immutable');
      // Had it been passed on, the tag would be Darkroom's.
      expect([front.server, front.etag === back.etag]).toEqual([expect.stringMatching(/^nginx/), false]);
    }
  });

  test('asks Darkroom where an address leaves the format open', async () => {
    const address = `${nginx.url}/images/${image.id}/v1/64w`;
    const way = await fetch(address, { headers: { accept: 'image/webp' }, redirect: 'manual' });
    expect([way.status, way.headers.get('location')]).toEqual([302, `${address}.webp`]);
    const answer = await fetch(address, { headers: { accept: 'image/webp' } });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/webp']);
  });

  test('answers HEAD, a range, and a conditional request', async () => {
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, `${bytes.length}`, '']);
    const part = await fetch(url, { headers: { range: 'bytes=10-19' } });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 10-19/${bytes.length}`]);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(10, 20));
    const etag = head.headers.get('etag') ?? '';
    expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect((await fetch(url, { method: 'PUT', body: 'x' })).status).toBe(405);
  });

  test.each(['/v1/nothing.avif', '/v2/640w.avif', '/v1/', '/v1', '/', ''])(
    'answers 404 to %j of an image, which caches keep for a short time only',
    async (path) => {
      const missing = `/images/${image.id}${path}`;
      const told = ['cache-control', 'access-control-allow-origin'];
      const [front, back] = [await rawRequest(nginx.url + missing), await rawRequest(behind + missing)];
      expect([front.status, back.status]).toEqual([404, 404]);
      for (const name of told) expect([name, front.headers[name]]).toEqual([name, back.headers[name]]);
      expect(front.headers['cache-control']).toBe('public, max-age=1');
    },
  );

  test.each(['/images/../private/', '/images/..%2f..%2fsecret', '/images/%2e%2e/secret', '/secret', '/darkroom.db'])(
    'does not lead out of its folder: %s',
    async (path) => {
      const status = await new Promise((resolve, reject) => {
        const { hostname, port } = new URL(nginx.url);
        const asking = request({ hostname, port, path }, (answer) => resolve(answer.resume().statusCode));
        asking.on('error', reject).end();
      });
      expect([400, 404]).toContain(status);
    },
  );

  test('lets in what Darkroom may take, and nothing that is larger by a megabyte', async () => {
    const mebibyte = 1024 * 1024;
    const { upload } = await askForTicket(10 * mebibyte);
    const { pathname, search } = new URL(upload.url);
    // Darkroom says no, because the headers of the ticket are missing: it was asked.
    expect(await declaring(10 * mebibyte, pathname + search)).toBe(403);
    expect(await declaring(11 * mebibyte + 1, pathname + search)).toBe(413);
  });

  test('keeps the metrics to this machine', async () => {
    expect((await call('GET', '/metrics')).status).toBe(404);
    const direct = await rawRequest(`${behind}/metrics`, { headers: { authorization: `Bearer ${key}` } });
    expect(direct.status).toBe(200);
  });

  test.each(['//x/metrics', '/\\x/metrics', '//metrics', '/x/../metrics', '/%6detrics'])(
    'keeps the metrics to this machine also by the way of %s',
    async (path) => {
      const status = await new Promise((resolve, reject) => {
        const { hostname, port } = new URL(nginx.url);
        const headers = { authorization: `Bearer ${key}` };
        const asking = request({ hostname, port, path, headers }, (answer) => resolve(answer.resume().statusCode));
        asking.on('error', reject).end();
      });
      expect([400, 404]).toContain(status);
    },
  );

  test('takes an upload and serves its picture by TLS, with the certificate in the file', async () => {
    const { id, upload } = await askForTicket(original.length);
    const { pathname, search } = new URL(upload.url);
    const sent = { method: 'PUT', headers: { ...upload.headers, 'content-length': `${original.length}` } };
    expect((await securely(pathname + search, sent, original)).status).toBe(200);
    const { ready } = await imageOnce(service, id, isDone);
    const shown = await securely(new URL(ready?.variants[0]?.url ?? '').pathname);
    expect([shown.status, Buffer.from(shown.text, 'latin1').length]).toEqual([200, ready?.variants[0]?.bytes]);
    expect(shown.headers.server).toMatch(/^nginx/);
    expect((await securely('/v1/images', { headers: { authorization: `Bearer ${key}` } })).status).toBe(200);
  });

  test('speaks no TLS that is older than 1.2, and sends callers without TLS to it', async () => {
    // OpenSSL allows the old versions on its lowest level only.
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
    await expect(securely('/v1/health', old)).rejects.toMatchObject({
      code: 'EPROTO',
      message: expect.stringContaining('alert protocol version'),
    });
    const plain = await rawRequest(`http://127.0.0.1:${tls.redirects}/images/a?b=c`);
    expect([plain.status, plain.headers.location]).toEqual([301, 'https://pictures.example/images/a?b=c']);
  });

  test('leaves it to Darkroom who may call', async () => {
    const answer = await rawRequest(`${nginx.url}/v1/images`);
    expect([answer.status, problemOf(answer).code]).toEqual([401, 'unauthorized']);
    expect((await call('GET', '/v1/images')).status).toBe(200);
  });

  test('shows the page, with its script and its style', async () => {
    const shown = await rawRequest(nginx.url, { headers: { host: 'pictures.example' } });
    expect([shown.status, shown.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(shown.headers['content-security-policy']).toContain("default-src 'none'");
    const linked = [...shown.text.matchAll(/(?:src|href)="(\w[^":]*)"/g)].map((match) => match[1] ?? '');
    expect(linked.sort()).toEqual(['darkroom.css', 'darkroom.js', 'element.js', 'v1/docs']);
    for (const path of [...linked, 'client.js', 'element-worker.js', 'picture.js'])
      expect((await fetch(`${nginx.url}/${path}`)).status).toBe(200);
  });
});
