import { afterAll, beforeAll, describe, test } from '@jest/globals';
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
