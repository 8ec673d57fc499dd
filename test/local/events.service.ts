import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openDatabase } from '../../lib/adapters/local/database.ts';
import { verifyWebhook } from '../../lib/client/verify-webhook.ts';
import { notification } from '../../lib/contract/events.ts';
import { jsonLines, runCommand, startCommand } from '../support/command.ts';
import { bytesOf, corners } from '../support/pictures.ts';
import { program } from '../support/program.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { imageOnce, isDone, type Service, startService, upload } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const secret = 'a-secret-of-both-sides';
const noPicture = new TextEncoder().encode('this is no picture at all');

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let receiver: Receiver;
const services: Service[] = [];

beforeEach(async () => {
  folder = await temporaryFolder();
  receiver = await startReceiver();
});
afterEach(async () => {
  for (const service of services.splice(0)) await service.stop('SIGKILL');
  await receiver.close();
  await folder.remove();
});

const start = async (environment: Record<string, string>): Promise<Service> => {
  const service = await startService(folder.path, { DARKROOM_WORKERS: '1', ...environment });
  services.push(service);
  return service;
};
const startTelling = () =>
  start({ DARKROOM_WEBHOOK_URL: receiver.url, DARKROOM_WEBHOOK_SECRET: secret, DARKROOM_WEBHOOK_PRIVATE: 'allow' });

const replay = async (...args: string[]): Promise<{ code: number | null; output: string }> => {
  const environment = Object.entries(process.env).filter(([name]) => name !== 'NODE_OPTIONS');
  const child = spawn(process.execPath, [program, 'events', 'replay', ...args], {
    env: { ...Object.fromEntries(environment), DARKROOM_DATA: folder.path },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk;
    });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
};

describe('the service', () => {
  test('sends a webhook what became ready, failed, was deleted and purged, as the contract has it', async () => {
    const service = await startTelling();
    const { id } = await upload(service, await bytesOf(corners(120, 120).jpeg()));
    const other = await upload(service, noPicture);
    const distinct = () => new Set(receiver.deliveries.map(({ event }) => event.id)).size;
    await until(() => distinct() === 2);
    await service.call('DELETE', `/v1/images/${id}`);
    await until(() => distinct() === 4);
    const told = receiver.deliveries;

    const events = new Map(told.map(({ event }) => [event.id, notification.parse(event)]));
    const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(Object.fromEntries(events)).toEqual({
      [`${id}.v1.ready`]: { id: `${id}.v1.ready`, type: 'image.ready', at, data: { id, version: 1 } },
      [`${id}.purged`]: { id: `${id}.purged`, type: 'image.purged', at, data: { id } },
      [`${id}.deleted`]: { id: `${id}.deleted`, type: 'image.deleted', at, data: { id } },
      [`${other.id}.v1.failed`]: {
        id: `${other.id}.v1.failed`,
        type: 'image.failed',
        at,
        data: { id: other.id, version: 1, error: expect.objectContaining({ code: 'not-an-image' }) },
      },
    });
    for (const { headers, body, event } of told) expect(await verifyWebhook(secret, headers, body)).toEqual(event);
  });

  test('renders and answers while its receiver hangs, and when it is killed before the delivery it delivers after', async () => {
    receiver.answer = () => undefined;
    const service = await startTelling();
    const first = await upload(service, noPicture);
    await receiver.received(1);
    const second = await upload(service, await bytesOf(corners(120, 120).jpeg()));
    expect((await imageOnce(service, second.id, isDone)).status).toBe('ready');
    await service.stop('SIGKILL');

    const taken = new Set<string>();
    receiver.answer = (response, { event }) => {
      taken.add(event.id);
      response.writeHead(200).end();
    };
    await startTelling();
    await until(
      () => taken.size === 2,
      () => `only ${[...taken].join()} came again`,
    );
    expect([...taken].sort()).toEqual([`${first.id}.v1.failed`, `${second.id}.v1.ready`].sort());
  });

  test('keeps events while there is no webhook, and delivers them to the one that comes', async () => {
    const service = await start({});
    const { id } = await upload(service, noPicture);
    await imageOnce(service, id, isDone);
    await service.stop();
    await startTelling();
    expect((await receiver.received(1))[0]?.event.id).toBe(`${id}.v1.failed`);
  });

  test('forgets events after 30 days', async () => {
    const dayMs = 24 * 3600_000;
    const database = openDatabase(join(folder.path, 'darkroom.db'));
    const file = (id: string, ageMs: number) => {
      const event = { type: 'image.deleted', id: id.repeat(26), at: Date.now() - ageMs };
      database.prepare('INSERT INTO events (event, due_at) VALUES (?, ?)').run(JSON.stringify(event), event.at);
    };
    file('a', 30 * dayMs + 60_000);
    file('b', 29 * dayMs);
    await start({});
    const left = database.prepare('SELECT substr(image, 1, 1) AS image FROM events').all();
    database.close();
    expect(left.map(({ image }) => image)).toEqual(['b']);
  });
});

describe('darkroom events tail', () => {
  test('shows what has happened and whether the webhook has got it, and follows what happens next', async () => {
    receiver.answer = 500;
    const service = await startTelling();
    const first = await upload(service, noPicture);
    await receiver.received(1);
    const follower = startCommand(['events', 'tail', '--follow', '--json'], { DARKROOM_DATA: folder.path });
    await until(() => follower.stdout().includes(first.id));
    const second = await upload(service, await bytesOf(corners(120, 120).jpeg()));
    await until(() => follower.stdout().includes(second.id));
    follower.process.kill('SIGINT');
    const ended = await follower.ended;
    expect(ended.code).toBe(0);
    expect(jsonLines(ended).map(({ id, type }) => [id, type])).toEqual([
      [`${first.id}.v1.failed`, 'image.failed'],
      [`${second.id}.v1.ready`, 'image.ready'],
    ]);

    const shown = async () =>
      (await runCommand(['events', 'tail', '--limit', '2'], { DARKROOM_DATA: folder.path })).stdout;
    expect((await shown()).split('\n').map((line) => line.split('\t').slice(1))).toEqual([
      ['image.failed', first.id, 'v1', expect.stringMatching(/^waiting/)],
      ['image.ready', second.id, 'v1', expect.stringMatching(/^waiting/)],
      [],
    ]);
    receiver.answer = 204;
    await until(async () => (await shown()).match(/delivered/g)?.length === 2);
  });
});

describe('darkroom events replay', () => {
  test('lets a running service tell again what has happened since, and says how much that is', async () => {
    const service = await startTelling();
    const first = await upload(service, noPicture);
    await receiver.received(1);
    const second = await upload(service, noPicture);
    const [, { event } = { event: { at: '' } }] = await receiver.received(2);
    // A delivery that is noted only after the replay would undo it.
    const noted = (count: number) =>
      until(() => service.log().filter(({ message }) => message === 'an event was delivered').length === count);
    await noted(2);

    expect(await replay('--since', event.at)).toEqual({ code: 0, output: 'Events that are due again: 1.\n' });
    await receiver.received(3);
    await noted(3);
    expect(await replay('--since', '2026-01-01T00:00:00+02:00', '--id', first.id)).toMatchObject({ code: 0 });
    const told = await receiver.received(4);
    const [one, two] = [`${first.id}.v1.failed`, `${second.id}.v1.failed`];
    expect(told.map((delivery) => delivery.event.id)).toEqual([one, two, two, one]);
  });

  test.each([
    [['--since', 'yesterday'], 2, '--since takes a time such as'],
    [['--since', '2026-01-01T00:00:00Z', '--id', 'x'], 2, '--id takes an image id'],
    [['--since', '2026-01-01T00:00:00Z'], 1, 'There is no Darkroom in'],
    [[], 2, '--since <time>'],
  ])('with %j ends with %i and says what is wrong', async (args, ending, sentence) => {
    const { code, output } = await replay(...args);
    expect(code).toBe(ending);
    expect(output).toContain(sentence);
    expect(output.trim().split('\n')).toHaveLength(1);
  });
});
