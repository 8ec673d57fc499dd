import { type ChildProcess, fork } from 'node:child_process';
import { Command } from 'commander';
import type { Config } from '../core/config.ts';
import { Unusable } from '../core/unusable.ts';
import { sharpRenderer } from '../render/sharp-renderer.ts';
import { type FolderDone, type FolderOrder, renderToFolder } from './render-to-folder.ts';
import { CommandEnd, type Shell } from './shell.ts';

/** The messages between the command and a renderer, one order at a time. */
type Reply = { readonly done: FolderDone } | { readonly reason: string };

/** The messages of a process that was forked. */
export type Line = {
  readonly send?: ((message: Reply) => unknown) | undefined;
  readonly on: (event: 'message', listener: (order: FolderOrder) => void) => unknown;
};

/** Not for people: the program of one renderer of `darkroom render`. */
export const renderFilesCommand = (line: Line, configured: () => Promise<Config>): Command =>
  new Command('render-files').action(async () => {
    const world = { renderer: sharpRenderer(), config: await configured() };
    // Ctrl-C on a terminal reaches every process: the command decides when this one ends.
    process.on('SIGINT', () => undefined);
    line.on('message', (order) => {
      void renderToFolder(world, order).then(
        (done) => line.send?.({ done }),
        (error: unknown) => line.send?.({ reason: error instanceof Unusable ? error.message : String(error) }),
      );
    });
  });

export type RenderPool = {
  /** Rejects with a sentence when the picture cannot be rendered. */
  readonly render: (order: FolderOrder) => Promise<FolderDone>;
  readonly close: () => void;
};

/** A process pool: processes start when they are needed, and stay. A picture that crashes one of them does not affect the others. */
export const renderPool = ({ variables }: Shell, program: string): RenderPool => {
  const idle: ChildProcess[] = [];
  const all = new Set<ChildProcess>();
  const start = (): ChildProcess => {
    // They decode untrusted pictures, so they get no key.
    const others = Object.entries(variables).filter(([name]) => !name.startsWith('DARKROOM_'));
    const env = { MALLOC_ARENA_MAX: '2', ...Object.fromEntries(others) };
    const child = fork(program, ['render-files'], { env });
    all.add(child);
    child.once('exit', () => {
      all.delete(child);
      const at = idle.indexOf(child);
      if (at >= 0) idle.splice(at, 1);
    });
    return child;
  };
  return {
    render: (order) =>
      new Promise((resolve, reject) => {
        const child = idle.pop() ?? start();
        const settle = (act: () => void) => {
          child.off('message', answered).off('exit', died);
          act();
        };
        const answered = (reply: Reply) => {
          idle.push(child);
          settle(() => ('done' in reply ? resolve(reply.done) : reject(new CommandEnd('failed', reply.reason))));
        };
        const died = () =>
          settle(() =>
            reject(
              new CommandEnd(
                'failed',
                'The renderer crashed on this picture. Give it more memory, or leave out the picture.',
              ),
            ),
          );
        child.on('message', answered).on('exit', died);
        // Where the process has just ended, `exit` follows.
        child.send(order, () => undefined);
      }),
    close: () => {
      for (const child of all) child.disconnect();
    },
  };
};
