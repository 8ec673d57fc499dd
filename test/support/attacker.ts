import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { framesFrom, sendFrame } from '../../lib/local/frames.ts';

// What an attacker would try who has taken a renderer over. It answers the first original with how each attempt ended.

type Target = {
  readonly secret: string;
  readonly database: string;
  readonly outside: string;
  readonly port: number;
  readonly host: number;
};
const target = JSON.parse(process.argv[2] ?? '{}') as Target;

const attempts: Record<string, () => unknown> = {
  'read the secret': () => readFileSync(target.secret, 'utf8'),
  'read another file': () => readFileSync('/etc/passwd', 'utf8'),
  'read the environment of the host': () => readFileSync(`/proc/${target.host}/environ`, 'utf8'),
  'write beside the secret': () => writeFileSync(target.outside, 'x'),
  'open the database': async () => {
    const { DatabaseSync } = await import('node:sqlite');
    return new DatabaseSync(target.database).prepare('SELECT * FROM sqlite_master').all();
  },
  'open many files': () => {
    const opened: number[] = [];
    try {
      while (opened.length < 300) opened.push(openSync(process.execPath, 'r'));
    } finally {
      for (const one of opened) closeSync(one);
    }
  },
  'start a program': () => {
    const { error, status } = spawnSync(process.execPath, ['--version']);
    if (error) throw error;
    return status;
  },
  'start a thread': () => new Worker('', { eval: true }),
  'connect to the host': async () => {
    const socket = connect(target.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
  },
  'signal the host': () => process.kill(target.host, 0),
};

const tried = async (attempt: () => unknown): Promise<string> => {
  try {
    await attempt();
    return 'done';
  } catch (error) {
    return String((error as { code?: unknown }).code ?? error);
  }
};

const connection = new Socket({ fd: 3 });
for await (const { head } of framesFrom(connection, { head: 1e9, body: 1e9 })) {
  const { serial } = head as { serial: number };
  const ends: Record<string, string> = {};
  for (const [name, attempt] of Object.entries(attempts)) ends[name] = await tried(attempt);
  const variables = Object.keys(process.env).toSorted();
  const cause = JSON.stringify({ ends, variables });
  sendFrame(connection, { says: 'begun', serial, weight: 0 });
  sendFrame(connection, { says: 'failed', serial, failure: { trouble: 'unknown', cause }, cpuMs: 1, residentBytes: 1 });
}
process.exit(0);
