import { once } from 'node:events';
import { mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import darkroomConfig from '../../darkroom.config.ts';
import { sqliteCatalogue } from '../../lib/adapters/local/sqlite-catalogue.ts';
import { sqliteOutbox } from '../../lib/adapters/local/sqlite-outbox.ts';
import { backupCommand } from '../../lib/commands/backup.ts';
import { eventsCommand } from '../../lib/commands/events.ts';
import { moveCommand } from '../../lib/commands/move.ts';
import { rebuildCommand } from '../../lib/commands/rebuild.ts';
import { reconcileCommand } from '../../lib/commands/reconcile.ts';
import { restoreCommand } from '../../lib/commands/restore.ts';
import type { Shell } from '../../lib/commands/shell.ts';
import { newVersion } from '../../lib/core/image.ts';
import { originalKey } from '../../lib/core/object-keys.ts';
import { claimHome, openHome } from '../../lib/local/home.ts';
import { notePlace } from '../../lib/local/objects-place.ts';
import { bytesOf, corners } from '../support/pictures.ts';
import { recordedShell } from '../support/recorded-shell.ts';
import { type StoreInProcess, setStoreVariables, startStoreInProcess } from '../support/store-in-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let data: string;
let variables: Record<string, string> = {};
const id = 'a'.repeat(26);
const key = originalKey({ id, version: 1 });
beforeEach(async () => {
  folder = await temporaryFolder();
  data = join(folder.path, 'data');
  await mkdir(data);
});
afterEach(() => folder.remove());

const run = (make: (shell: Shell) => Command, ...args: string[]) => runWith({}, make, ...args);
const onTerminal = (make: (shell: Shell) => Command, ...args: string[]) => runWith({ isTTY: true }, make, ...args);
const runWith = async (output: { isTTY?: boolean }, make: (shell: Shell) => Command, ...args: string[]) => {
  const shell = recordedShell({ variables: { DARKROOM_DATA: data, NO_COLOR: '1', ...variables } });
  const command = make({ ...shell, out: { ...shell.out, ...output } }).exitOverride();
  const message = await command.parseAsync(args, { from: 'user' }).then(
    () => '',
    (error: Error) => error.message,
  );
  return { stdout: shell.stdout(), stderr: shell.stderr() + message };
};
const rebuild = (...args: string[]) => run((shell) => rebuildCommand(shell, async () => darkroomConfig), ...args);
const fill = async (bytes?: Uint8Array) => {
  const home = openHome(data);
  const original = { contentType: 'image/jpeg', bytes: 3, sha256: null, width: null, height: null } as const;
  const first = newVersion({ id, version: 1, source: 1, preset: 'web', original, expiresAt: 1 }, 0);
  await sqliteCatalogue(home.database).add({ id, collection: null, filename: null, createdAt: 0 }, first);
  if (bytes) await home.originals.put(key, bytes);
  home.database.close();
  await writeFile(join(data, 'secret'), 's'.repeat(43));
};

describe.each([
  ['reconcile', () => run(reconcileCommand)],
  ['events tail', () => run(eventsCommand, 'tail')],
  ['events replay', () => run(eventsCommand, 'replay', '--since', '2026-11-20T08:00:00Z')],
  ['backup', () => run(backupCommand, join(folder.path, 'backup'))],
])('darkroom %s', (_name, ended) => {
  test('says so where there is no Darkroom, and makes none', async () => {
    expect((await ended()).stderr).toBe(
      `There is no Darkroom in ${data}. Set DARKROOM_DATA to the folder of the service.`,
    );
    expect([await readdir(folder.path), await readdir(data)]).toEqual([['data'], []]);
  });

  test('names a database that is damaged, and says what to do', async () => {
    await writeFile(join(data, 'darkroom.db'), 'this is no database. '.repeat(100));
    expect((await ended()).stderr).toMatch(/^\S+darkroom\.db is damaged, or no file of Darkroom\. Put a backup in its/);
  });
});

test.each([
  [[], 'Name the place with --to, or an AWS home with --from aws:<stack>.'],
  [['--from', 's3://pictures'], 'Name the place with --to, or an AWS home with --from aws:<stack>.'],
  [['--to', 's3://pictures', '--stopped'], '--stopped goes with --from only.'],
  [
    ['--to', 's3://pictures', '--region', 'eu-central-1'],
    '--profile and --region go with aws:<stack> only. A store has AWS_REGION.',
  ],
  [
    ['--to', 's3://pictures', '--profile', 'mine'],
    '--profile and --region go with aws:<stack> only. A store has AWS_REGION.',
  ],
])('darkroom move %j is refused', async (args, sentence) => {
  const refused = await run((shell) => moveCommand(shell, async () => darkroomConfig), ...args);
  expect(refused).toEqual({ stdout: '', stderr: sentence });
});

describe('the commands for a data folder', () => {
  test('compare the catalogue with what is stored', async () => {
    await fill();
    const agreed = await run(reconcileCommand);
    expect(agreed).toEqual({
      stdout:
        '1 image with 1 version: 1 pending\n0 originals and 0 files of variants stored, of which 0 will be removed\n0 tasks in the queue\n',
      stderr: '',
    });
    const home = openHome(data);
    await home.originals.put(originalKey({ id: 'b'.repeat(26), version: 1 }), Buffer.from('abc'));
    home.database.close();
    const differing = await run(reconcileCommand, '--json');
    const said = differing.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(said).toEqual([
      { id: 'b'.repeat(26), at: originalKey({ id: 'b'.repeat(26), version: 1 }), fault: expect.any(String) },
      expect.objectContaining({ images: 1, originals: 1, differences: 1 }),
    ]);
    expect(differing.stderr).toBe('1 difference; see above.');
    expect((await run(reconcileCommand)).stdout).toContain(`${'b'.repeat(26)}\t`);
    const [heading = '', row = '', account] = (await onTerminal(reconcileCommand)).stdout.split('\n');
    expect(heading).toMatch(/^ID {26}KEY {2,}FAULT$/);
    expect(row.indexOf('originals/')).toBe(heading.indexOf('KEY'));
    expect(row.slice(heading.indexOf('FAULT'))).toBe(said[0].fault);
    expect(account).toBe('1 image with 1 version: 1 pending');
  });

  test('back up and restore', async () => {
    await fill(Buffer.from('abc'));
    const backup = join(folder.path, 'backup');
    expect(await run(backupCommand, backup)).toEqual({
      stdout: `Backed up to ${backup}: the database, the secret, and originals: 1.\n`,
      stderr: '',
    });
    expect(JSON.parse((await run(backupCommand, join(folder.path, 'second'), '--json')).stdout)).toEqual({
      originals: 1,
      missing: [],
      damaged: [],
    });
    expect((await stat(join(backup, 'darkroom.db'))).mode & 0o777).toBe(0o600);
    const taken = join(folder.path, 'taken');
    await writeFile(taken, '');
    const loop = join(folder.path, 'loop');
    await symlink(loop, loop);
    for (const place of [taken, join(taken, 'inside'), loop, join(loop, 'inside'), join(folder.path, 'n'.repeat(300))])
      expect((await run(backupCommand, place)).stderr).toBe(
        `${place} is no folder, and none can be made there. Name another one.`,
      );
    data = join(folder.path, 'restored');
    expect(await run(restoreCommand, backup)).toEqual({
      stdout: 'Originals that were missing and are back: 1.\n',
      stderr: '',
    });
    data = join(folder.path, 'another');
    expect(JSON.parse((await run(restoreCommand, backup, '--json')).stdout)).toMatchObject({ restored: 1 });
  });

  test.each([[], ['--json']])(
    'end with 1 where a restore leaves an original that differs from the backup: %j',
    async (...args) => {
      await fill(Buffer.from('abc'));
      const backup = join(folder.path, 'backup');
      await run(backupCommand, backup);
      data = join(folder.path, 'damaged');
      await mkdir(data);
      const home = openHome(data);
      await home.originals.put(key, Buffer.from('abd'));
      home.database.close();
      const ended = await run(restoreCommand, backup, ...args);
      expect(ended.stderr).toBe(
        `${key} differs from the backup, and was left as it is.\nSome originals differ from the backup; see above. To put back those of the backup, move these away and run the command again.`,
      );
      if (args.length > 0) expect(JSON.parse(ended.stdout)).toMatchObject({ restored: 0, different: [key] });
      const after = openHome(data);
      expect(await after.originals.get(key)).toEqual(new Uint8Array(Buffer.from('abd')));
      after.database.close();
    },
  );

  test.each(['', 'private/backup', 'public/images/x'])(
    'back nothing up into the data folder itself: %j',
    async (place) => {
      await fill();
      await symlink(data, join(folder.path, 'link'));
      const before = await readdir(data, { recursive: true });
      for (const inside of [join(data, place), join(folder.path, 'link', place)])
        expect((await run(backupCommand, inside)).stderr).toBe(
          `${inside} is inside the data folder ${data}, and would be lost with it. Name another folder.`,
        );
      expect(await readdir(data, { recursive: true })).toEqual(before);
    },
  );

  test('make no catalogue where there is no folder', async () => {
    data = join(folder.path, 'misspelt');
    expect((await rebuild()).stderr).toBe(
      `There is no Darkroom in ${data}. Set DARKROOM_DATA to the folder of the service.`,
    );
    expect(await readdir(folder.path)).toEqual(['data']);
  });

  test('make the catalogue again from the originals', async () => {
    const home = openHome(data);
    await home.originals.put(key, await bytesOf(corners(120, 110).jpeg()));
    home.database.close();
    expect((await rebuild()).stdout).toBe(
      'Images with something new: 1. Versions that are ready: 0. Versions to render when the service starts: 1.\n',
    );
    const again = openHome(data);
    expect(await sqliteCatalogue(again.database).find(id)).toMatchObject({
      id,
      newest: { original: { contentType: 'image/jpeg' } },
    });
    again.database.close();
  });

  describe('with a bucket', () => {
    /** Enough of an S3-compatible store to list what is in it; undefined where there is no bucket. */
    let stored: readonly string[] | undefined;
    const store = createServer((request, response) => {
      const prefix = new URL(request.url ?? '', 'http://store').searchParams.get('prefix') ?? '';
      const found = (stored ?? []).filter((one) => one.startsWith(prefix));
      const body = stored
        ? `<ListBucketResult>${found.map((one) => `<Contents><Key>${one}</Key><Size>3</Size></Contents>`).join('')}</ListBucketResult>`
        : '<Error><Code>NoSuchBucket</Code><Message>There is no such bucket.</Message></Error>';
      response.writeHead(stored ? 200 : 404, { 'content-type': 'application/xml' }).end(body);
    });
    const place = 's3://pictures';
    const before = { ...process.env };
    beforeAll(async () => {
      store.listen(0, '127.0.0.1');
      await once(store, 'listening');
      Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' });
    });
    beforeEach(() => {
      stored = [];
      const { port } = store.address() as AddressInfo;
      variables = { DARKROOM_OBJECTS: place, DARKROOM_OBJECTS_ENDPOINT: `http://127.0.0.1:${port}` };
    });
    afterEach(() => {
      variables = {};
    });
    afterAll(() => {
      process.env = before;
      store.close();
      store.closeAllConnections();
    });

    test('compare the catalogue with what is stored there', async () => {
      await fill();
      await notePlace(data, place);
      expect(await run(reconcileCommand)).toMatchObject({ stderr: '' });
      stored = [originalKey({ id: 'b'.repeat(26), version: 1 })];
      expect(await run(reconcileCommand)).toEqual({
        stdout: expect.stringContaining(`${stored[0]}\tis stored, but the catalogue has no such image`),
        stderr: '1 difference; see above.',
      });
    });

    test('compare nothing where the setting names another place than the data folder', async () => {
      await fill();
      expect((await run(reconcileCommand)).stderr).toBe(
        `The pictures of ${data} are in its folders, and DARKROOM_OBJECTS is ${place}.`,
      );
      await notePlace(data, place);
      variables = {};
      expect((await run(reconcileCommand)).stderr).toBe(
        `The pictures of ${data} are in ${place}. Set DARKROOM_OBJECTS=${place}.`,
      );
    });

    test.each([
      ['refuses', 'ECONNREFUSED', () => Object.assign(variables, { DARKROOM_OBJECTS_ENDPOINT: 'http://127.0.0.1:1' })],
      [
        'knows no such bucket',
        'NoSuchBucket: There is no such bucket.',
        () => {
          stored = undefined;
        },
      ],
    ])('say in a sentence that the store %s', async (_, reason, spoil) => {
      await fill(Buffer.from('abc'));
      const backup = join(folder.path, 'backup');
      const inBucket = variables;
      variables = {};
      expect((await run(backupCommand, backup)).stderr).toBe('');
      variables = inBucket;
      spoil();
      const sentence = new RegExp(`^${place} does not answer as it should \\(.*${reason}.*\\)\\. Check the name and`);
      const move = (shell: Shell) => moveCommand(shell, async () => darkroomConfig);
      const moved = await run(move, '--to', place);
      expect(moved.stderr).toMatch(sentence);
      await notePlace(data, place);
      for (const ended of [
        await run(backupCommand, join(folder.path, 'second')),
        await run(restoreCommand, backup),
        await run(reconcileCommand),
      ])
        expect(ended.stderr).toMatch(sentence);
      // The lock of a data folder ends with its process.
      data = join(folder.path, 'lost');
      expect((await rebuild()).stderr).toMatch(sentence);
    });
  });

  test('show events in columns on a terminal, each with its delivery', async () => {
    await fill();
    const { database } = openHome(data);
    const at = Date.parse('2026-11-20T08:00:00Z');
    const facts = { id, version: 12, at };
    for (const event of [
      { type: 'image.failed', ...facts, error: { code: 'corrupt', message: 'The file is damaged.' } },
      { type: 'image.ready', ...facts },
      { type: 'image.purged', id, at },
      { type: 'image.deleted', id, at },
    ])
      database.prepare('INSERT INTO events (event, due_at) VALUES (?, ?)').run(JSON.stringify(event), at);
    const outbox = sqliteOutbox(database);
    const [failed = 0, done = 0, waiting = 0] = outbox.newest(4).map(({ sequence }) => sequence);
    outbox.givenUp(failed, at);
    outbox.delivered(done, at);
    outbox.postponed(waiting, at);
    database.close();
    const time = '2026-11-20T08:00:00.000Z';
    expect(await onTerminal(eventsCommand, 'tail')).toEqual({
      stdout: [
        `TIME                      TYPE           IMAGE                       V    DELIVERY`,
        `${time}  image.failed   ${id}  v12  given up`,
        `${time}  image.ready    ${id}  v12  delivered`,
        `${time}  image.purged   ${id}  -    waiting (1 failed)`,
        `${time}  image.deleted  ${id}  -    waiting`,
        '',
      ].join('\n'),
      stderr: '',
    });
    expect((await run(eventsCommand, 'tail', '--limit', '1')).stdout).toBe(
      `${time}\timage.deleted\t${id}\t-\twaiting\n`,
    );
  });

  test('show no event where none has happened, and take only a time for the past', async () => {
    await fill();
    expect((await run(eventsCommand, 'replay', '--since', '2026-11-20T08:00:00Z')).stdout).toBe(
      'Events that are due again: 0.\n',
    );
    expect((await run(eventsCommand, 'replay', '--since', '2026-11-20T08:00:00Z', '--json')).stdout).toBe(
      '{"events":0}\n',
    );
    expect((await run(eventsCommand, 'replay', '--since', 'yesterday')).stderr).toContain(
      '--since takes a time such as 2026-11-20T08:00:00Z.',
    );
    expect(await run(eventsCommand, 'tail', '--limit', '0')).toEqual({ stdout: '', stderr: '' });
  });
});

describe('darkroom move into a bucket', () => {
  let store: StoreInProcess;
  let giveBack: () => void;
  beforeEach(async () => {
    store = await startStoreInProcess();
    giveBack = setStoreVariables();
    await fill(Buffer.from('abc'));
  });
  afterEach(async () => {
    giveBack();
    await store.close();
  });
  const move = (...args: string[]) =>
    runWith({}, (shell) => moveCommand(withEndpoint(shell), async () => darkroomConfig), ...args);
  const withEndpoint = (shell: Shell): Shell => ({
    ...shell,
    variables: { ...shell.variables, DARKROOM_OBJECTS_ENDPOINT: store.url },
  });
  const place = 's3://pictures/darkroom';

  test('copies every object and switches, and says how to start the service from then on', async () => {
    expect(await move('--to', place)).toEqual({
      stdout: `Objects copied: 1. Copied before: 0.\nThe pictures are in ${place} now. Start the service with DARKROOM_OBJECTS=${place}.\n`,
      stderr: expect.stringMatching(/^(\d+ objects? copied\n)*$/),
    });
    expect(Buffer.from(store.objects.get(`pictures/darkroom/${key}`) ?? []).toString()).toBe('abc');
    expect((await move('--to', place)).stderr).toBe(`The pictures of ${data} are in ${place} already.`);
  });

  test('copies while a service uses the folder, and says that it has to be stopped before the switch', async () => {
    (await claimHome(data)).database.close();
    expect(await move('--to', place, '--json')).toEqual({
      stdout: `${JSON.stringify({ copied: 1, before: 0, switched: false, place })}\n`,
      stderr: expect.stringMatching(
        /A service uses \S+data\. Stop it and run this command again, which then switches\.$/,
      ),
    });
    expect((await move('--to', place)).stdout).toBe('Objects copied: 0. Copied before: 1.\n');
  });

  test('refuses a path that holds something already', async () => {
    store.objects.set(`pictures/darkroom/${originalKey({ id: 'b'.repeat(26), version: 1 })}`, Buffer.from('other'));
    expect((await move('--to', place)).stderr).toMatch(
      /^s3:\/\/pictures\/darkroom holds \S+ already\. Name a path of this Darkroom alone\.$/,
    );
  });
});
