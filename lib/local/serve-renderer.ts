import type { Duplex } from 'node:stream';
import { BadPicture } from '../core/errors.ts';
import { troubleOf } from '../core/trouble.ts';
import type { Deliver, Renderer, RenderOrder, TakeOver } from '../ports.ts';
import { framesFrom, sendFrame } from './frames.ts';
import {
  type FromRenderer,
  type RendererFailure,
  rendererTrouble,
  type Stored,
  type ToRenderer,
} from './renderer-messages.ts';

/** The host is trusted, and refuses too large originals itself. */
const noLimits = { head: 0xffff_ffff, body: 0xffff_ffff };

export type Craft = {
  readonly render: Renderer['render'];
  /** How much work an original is, sent before the work begins. */
  readonly weigh: (original: Uint8Array, order: RenderOrder) => Promise<number>;
};

/**
 * A renderer's end of the connection: an original comes in, each file goes out as soon as it is made, and then the answer.
 * One picture at a time. Resolves when the host has closed the connection.
 */
export const serveRenderer = async ({ render, weigh }: Craft, connection: Duplex): Promise<void> => {
  const say = (words: FromRenderer, body?: Uint8Array) => sendFrame(connection, words, body);
  /** Files of this render that were sent to the host, or named to it. */
  let files: PromiseWithResolvers<boolean>[] = [];
  let newest = 0;
  let goOn: (now: boolean) => void = () => undefined;

  const answer = async (original: Uint8Array, order: RenderOrder, serial: number): Promise<void> => {
    const given: typeof files = [];
    [files, newest] = [given, serial];
    const answered = (): Promise<boolean> => {
      const stored = Promise.withResolvers<boolean>();
      given.push(stored);
      return stored.promise;
    };
    const deliver: Deliver = async (variant, bytes, progress) => {
      say({ says: 'file', serial, variant, progress }, bytes);
      await answered();
    };
    const takeOver: TakeOver = (variant, progress) => {
      say({ says: 'same', serial, variant, progress });
      return answered();
    };
    const begun = Promise.withResolvers<boolean>();
    goOn = begun.resolve;
    say({ says: 'begun', serial, weight: await weigh(original, order) });
    if (!(await begun.promise)) return;
    const before = process.cpuUsage();
    const cost = () => {
      const { user, system } = process.cpuUsage(before);
      return { serial, cpuMs: (user + system) / 1000, residentBytes: process.memoryUsage.rss() };
    };
    try {
      const rendered = await render(original, order, deliver, takeOver);
      say({ says: 'done', rendered, ...cost() });
    } catch (error) {
      say({ says: 'failed', failure: failureOf(error), ...cost() });
    }
  };

  for await (const { head, body } of framesFrom(connection, noLimits)) {
    const command = head as ToRenderer;
    if ('render' in command) void answer(body, command.render, command.serial);
    else if (command.serial !== newest) continue;
    else if ('go' in command) goOn(command.go);
    else settle(files[command.file], command.stored);
  }
};

const settle = (file: PromiseWithResolvers<boolean> | undefined, stored: Stored): void => {
  if (stored === 'failed') file?.reject(new Error('The host could not store a file.'));
  else file?.resolve(stored === 'stored');
};

const failureOf = (error: unknown): RendererFailure =>
  error instanceof BadPicture
    ? { code: error.code, message: error.message, ...(error.size && { size: error.size }), cause: textOf(error.cause) }
    : { trouble: rendererTrouble.parse(troubleOf(error)), cause: textOf(error) };

const longest = 10_000;
const textOf = (error: unknown): string | undefined => {
  if (error === undefined) return undefined;
  return (error instanceof Error ? (error.stack ?? error.message) : String(error)).slice(0, longest);
};
