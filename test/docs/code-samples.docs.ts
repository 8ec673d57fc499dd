import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import config from '../../darkroom.config.ts';
import { codeSamples } from '../../lib/openapi/code-samples.ts';
import { openApiDocument } from '../../lib/openapi/document.ts';
import { matchRoute, type Route, routes } from '../../lib/routes.ts';

// The code that the page of the API shows, run by curl, Node and Python against a server that notes what it is sent.

type Seen = { readonly method: string; readonly path: string; readonly key: string | undefined; readonly body: string };
let seen: Seen[] = [];
const server = createServer(async (request, response) => {
  const { method = '', url: path = '', headers } = request;
  seen.push({ method, path, key: headers.authorization, body: await text(request) });
  response.setHeader('content-type', 'application/json');
  response.end('{"status":"noted"}');
});
let address: string;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  await once(server, 'close');
});
beforeEach(() => {
  seen = [];
});

const document = openApiDocument({ config, release: '1.2.3' });
const calls = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);
const programs = {
  curl: (sample: string) => ['bash', '-c', sample],
  JavaScript: (sample: string) => [process.execPath, '--input-type=module', '-e', sample],
  Python: (sample: string) => ['python3', '-c', sample],
} as const;

const run = async (language: keyof typeof programs, sample: string): Promise<string> => {
  const [program = '', ...args] = programs[language](sample);
  const env = {
    PATH: process.env.PATH,
    API_URL: address,
    API_KEY: 'mine',
    WATCH_TOKEN: 'token',
    ID: 'a-b',
    VERSION: 'v1',
    FILE: '640w',
  };
  return (await promisify(execFile)(program, args, { env })).stdout;
};

test.each(calls.map((call) => [call.operation.operationId, call] as const))(
  'the code for %s sends that call in every language, and shows the answer',
  async (name, call) => {
    const route: Route = routes[name as keyof typeof routes];
    for (const [language, sample] of Object.entries(codeSamples(call))) {
      const shown = await run(language as keyof typeof programs, sample);
      const [request] = seen.splice(0);
      expect(matchRoute(request?.method ?? '', request?.path ?? '')).toMatchObject({ name });
      expect(request?.path).not.toMatch(/[{}$]/);
      const bearer = route.open === 'watch' ? 'Bearer token' : 'Bearer mine';
      expect(request?.key).toBe(route.open === true ? undefined : bearer);
      if (route.body) expect(route.body.safeParse(JSON.parse(request?.body ?? '')).error).toBeUndefined();
      else expect(request?.body).toBe('');
      expect(shown).toContain(route.answer.status === 302 ? (language === 'curl' ? '200 OK' : address) : 'noted');
    }
  },
);

test('words of JSON become those of Python', async () => {
  const body = { yes: true, no: false, none: null, text: 'true, "null"', list: [null, true], path: 'C:\\' };
  const call = calls.find(({ operation }) => operation.operationId === 'startJob');
  if (!call) throw new Error('no call of this name');
  const content = { 'application/json': { schema: {}, example: body } };
  const { Python: sample } = codeSamples({ ...call, operation: { ...call.operation, requestBody: { content } } });
  await run('Python', sample);
  expect(JSON.parse(seen[0]?.body ?? '')).toEqual(body);
});
