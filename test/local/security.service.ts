import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Service, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type Darkroom, darkroomAt, securityCases } from '../system/conformance/security.ts';

let folder: { path: string; remove: () => Promise<void> };
let service: Service;
let darkroom: Darkroom;
const key = 'a-key-of-the-security-cases';

beforeAll(async () => {
  folder = await temporaryFolder();
  service = await startService(folder.path, {
    DARKROOM_API_KEY: key,
    DARKROOM_WORKERS: '1',
    DARKROOM_KEEP_FREE_MB: '0',
  });
  darkroom = darkroomAt(service.url, key);
});
afterAll(async () => {
  await service.stop();
  await folder.remove();
});

describe('the one-box home', () => {
  test.each(securityCases)('$title', ({ check }) => check(darkroom));
});

test('the cases of smuggling notice a server that reads requests leniently', async () => {
  const answer = (_: unknown, response: { end: () => void }) => response.end();
  const server = createServer({ insecureHTTPParser: true }, answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const lenient = darkroomAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, key);
  const cases = securityCases.filter(({ title }) => title.includes('smuggles'));
  const noticed = await Promise.allSettled(cases.map(({ check }) => check(lenient)));
  expect(noticed.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0);
  server.close();
});
