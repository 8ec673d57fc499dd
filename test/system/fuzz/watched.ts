import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Look, Said } from './subject.ts';

export type Seen = Said | { readonly end: 'death' | 'hang'; readonly reason: string };

const program = fileURLToPath(new URL('./subject.ts', import.meta.url));
/** Much longer than any input takes on any machine; an input that takes longer is reported as a hang. */
const patienceMs = 900_000;

/** A process that reads inputs, and is started again when one of them has ended it. */
export const watchedSubject = () => {
  let child: ChildProcess | undefined;

  const started = (): Promise<ChildProcess> =>
    new Promise((resolve, reject) => {
      const fresh = fork(program, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
      fresh.once('message', () => resolve(fresh));
      fresh.once('exit', (code) => reject(new Error(`the subject ended with ${code} before it began`)));
    });

  /** The end of each input, in order. After a crash or a hang the rest goes to a new process. */
  const look = async (looks: readonly Look[], tell: (seen: Seen, look: Look) => void): Promise<void> => {
    for (let left = looks; left.length > 0; ) {
      child ??= await started();
      left = await ask(child, left, tell);
      if (left.length > 0 || !child.connected) child = undefined;
    }
  };

  return { look, stop: () => child?.disconnect() };
};

/** Resolves to the inputs that were not read, because the process is gone. */
const ask = (child: ChildProcess, looks: readonly Look[], tell: (seen: Seen, look: Look) => void) =>
  new Promise<readonly Look[]>((resolve) => {
    let done = 0;
    let hung = false;
    let alarm: NodeJS.Timeout | undefined;
    const wind = () => {
      clearTimeout(alarm);
      alarm = setTimeout(() => {
        hung = true;
        child.kill('SIGKILL');
      }, patienceMs);
    };
    const end = (left: readonly Look[]) => {
      clearTimeout(alarm);
      child.off('message', heard).off('exit', ended);
      resolve(left);
    };
    const heard = (said: Said) => {
      const look = looks[done++];
      if (look) tell(said, look);
      if (done === looks.length) end([]);
      else wind();
    };
    const ended = (code: number | null, signal: NodeJS.Signals | null) => {
      const look = looks[done++];
      const reason = hung ? `no end within ${patienceMs / 1000} s` : `ended with ${signal ?? code}`;
      if (look) tell({ end: hung ? 'hang' : 'death', reason }, look);
      end(looks.slice(done));
    };
    child.on('message', heard).on('exit', ended);
    wind();
    child.send(looks);
  });
