import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { startCommand } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

test('serve --json says as JSON where the service is, once it is ready', async () => {
  const folder = await temporaryFolder();
  const environment = { DARKROOM_DATA: join(folder.path, 'data'), DARKROOM_PORT: '0', DARKROOM_WORKERS: '1' };
  const serving = startCommand(['serve', '--json'], environment);
  await until(() => serving.stdout().includes('\n'), serving.stderr);
  const { url } = JSON.parse(serving.stdout()) as { url: string };
  expect((await fetch(`${url}/v1/health`)).status).toBe(200);
  serving.process.kill('SIGTERM');
  expect(await serving.ended).toMatchObject({ code: 0, stdout: `{"url":"${url}"}\n` });
  await folder.remove();
});
