import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const page = readFileSync(new URL('../../docs/one-box.md', import.meta.url), 'utf8');

test('docs/one-box.md explains every metric of a service, and no others', async () => {
  const folder = await temporaryFolder();
  const service = await startService(folder.path);
  const text = await (await fetch(`${service.url}/metrics`)).text();
  const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1] ?? '');
  const ours = names.filter((name) => !/^(process|nodejs)_/.test(name));
  const section = page.slice(page.indexOf('## Metrics'), page.indexOf('## Alerts'));
  const explained = [...section.matchAll(/^\| `(\w+)/gm)].map((match) => match[1] ?? '');
  expect(explained.toSorted()).toEqual(ours.toSorted());
  await service.stop();
  await folder.remove();
});
