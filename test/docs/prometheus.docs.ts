import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '../support/free-port.ts';
import { type Service, startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

// The alerts and the board of deploy/prometheus, checked and fired by the programs of Prometheus. On Debian:
// `apt-get install prometheus`.

const deploy = join(import.meta.dirname, '../../deploy/prometheus');
const read = (name: string) => readFileSync(join(deploy, name), 'utf8');
const key = 'the-key-of-prometheus';

const find = (program: string): string => {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/bin', '/opt/homebrew/bin'];
  const found = folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`There is no ${program}. Install Debian's package prometheus.`);
  return found;
};
const promtool = (...args: string[]) => execFileSync(find('promtool'), args, { encoding: 'utf8' });

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let service: Service;
beforeAll(async () => {
  folder = await temporaryFolder();
  // More free space than any disk has: a service that refuses uploads.
  service = await startService(join(folder.path, 'data'), {
    DARKROOM_KEEP_FREE_MB: '1000000000',
    DARKROOM_WORKERS: '1',
    DARKROOM_API_KEY: 'the-key-of-the-callers',
    DARKROOM_METRICS_KEY: key,
  });
});
afterAll(async () => {
  await service?.stop();
  await folder?.remove();
});

const alertsIn = (text: string) => [...text.matchAll(/alert(?:name)?: (\w+)/g)].map((match) => match[1] ?? '');
const alerts = alertsIn(read('darkroom.rules.yml'));

describe('the alerts in deploy/prometheus', () => {
  test('are valid, and each goes off in its state and is silent outside of it', () => {
    expect(promtool('check', 'rules', join(deploy, 'darkroom.rules.yml'))).toContain(`${alerts.length} rules found`);
    expect(promtool('test', 'rules', join(deploy, 'darkroom.test.yml'))).toContain('SUCCESS');
  });

  test.each(alerts)('%s is tested both ways, and docs/one-box.md says what to do', (alert) => {
    const cases = read('darkroom.test.yml')
      .split('alertname: ')
      .filter((text) => text.startsWith(alert));
    expect(cases.filter((text) => text.split('\n')[0]?.includes('exp_alerts: []')).length).toBeGreaterThan(0);
    expect(cases.filter((text) => /^\w+\n\s+exp_alerts:\n/.test(text)).length).toBeGreaterThan(0);
    const page = readFileSync(join(deploy, '../../docs/one-box.md'), 'utf8');
    expect(page).toContain(`| \`${alert}\` |`);
  });
});

test('rules and board ask only for metrics that a service gives', async () => {
  const answer = await fetch(`${service.url}/metrics`, { headers: { authorization: `Bearer ${key}` } });
  const given = [...(await answer.text()).matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1] ?? '');
  const board = JSON.parse(read('grafana.json')) as { panels: { targets: { expr: string }[] }[] };
  const asked = board.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  const expressions = [
    ...asked,
    ...read('darkroom.rules.yml')
      .split('\n')
      .filter((line) => !/summary|labels:/.test(line)),
  ];
  const named = expressions.flatMap((text) => text.match(/\b[a-z]+(?:_[a-z0-9]+)+\b/g) ?? []);
  const known = new Set([
    ...given,
    ...given.flatMap((name) => ['bucket', 'sum', 'count'].map((end) => `${name}_${end}`)),
  ]);
  const functions = ['histogram_quantile', 'predict_linear'];
  expect(asked.length).toBeGreaterThan(10);
  expect(named.filter((name) => !known.has(name) && !functions.includes(name))).toEqual([]);
});

test('a Prometheus as deploy/prometheus sets it up scrapes a service that refuses uploads, and fires', async () => {
  const here = join(folder.path, 'prometheus');
  await mkdir(here);
  await copyFile(join(deploy, 'darkroom.rules.yml'), join(here, 'darkroom.rules.yml'));
  await writeFile(join(here, 'key'), key);
  const config = (await readFile(join(deploy, 'prometheus.yml'), 'utf8'))
    .replaceAll('15s', '5s')
    .replace('/etc/prometheus/darkroom.key', join(here, 'key'))
    .replace('127.0.0.1:8787', new URL(service.url).host);
  // As it is, but for the minutes that it waits.
  const rules = read('darkroom.rules.yml').replaceAll(/for: \w+/g, 'for: 0s');
  await writeFile(join(here, 'darkroom.rules.yml'), rules);
  await writeFile(join(here, 'prometheus.yml'), config);
  promtool('check', 'config', join(here, 'prometheus.yml'));
  const port = await freePort();
  const prometheus = spawn(
    find('prometheus'),
    [
      `--config.file=${here}/prometheus.yml`,
      `--storage.tsdb.path=${here}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  const closed = once(prometheus, 'close');
  try {
    const firing = async (): Promise<readonly string[]> => {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/alerts`).catch(() => undefined);
      if (!answer?.ok) return [];
      const { data } = (await answer.json()) as {
        data: { alerts: { state: string; labels: { alertname: string } }[] };
      };
      return data.alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname);
    };
    const surely = ['DarkroomDiskLow', 'DarkroomRefusesUploads'];
    let fired: readonly string[] = [];
    await until(async () => {
      fired = await firing();
      return surely.every((alert) => fired.includes(alert));
    });
    // The growth of the disk is known from the second scrape on, and says the same of so full a disk. A scrape may come late.
    const perhaps = ['DarkroomDiskFills', 'DarkroomDown'];
    expect(fired.filter((alert) => ![...surely, ...perhaps].includes(alert))).toEqual([]);
  } finally {
    prometheus.kill('SIGTERM');
    await closed;
  }
});
