import type { RenderTask, TaskQueue } from '../../lib/ports.ts';
import type { Random } from './random.ts';

export type Message = {
  readonly number: number;
  readonly body: string;
  /** The same subject waits once in the one-box home. */
  readonly subject: string | undefined;
  visibleAt: number;
  receives: number;
  handle: string;
};

export type MessageRules = {
  readonly maxReceives: number;
  /** The one-box home: a task about a subject that is there already is not added. */
  readonly once: boolean;
  /** SQS counts a receive that was put back; the queue of the one-box home does not. */
  readonly countsPutBack: boolean;
};

export type Messages = {
  readonly add: (body: string, subject: string | undefined, visibleAt: number) => void;
  /** A visible message: the oldest one, or any of them. */
  readonly receive: (visibilityMs: number, from: 'oldest' | 'any') => Message | undefined;
  readonly receiveDead: (visibilityMs: number) => Message | undefined;
  readonly remove: (handle: string) => void;
  readonly hide: (handle: string, delayMs: number, counts: boolean) => void;
  readonly releaseAll: () => void;
  readonly size: () => number;
};

/** Messages with the promises of SQS: at least once, in no order, hidden while they are worked on. */
export const messagesIn = (now: () => number, random: Random, rules: MessageRules): Messages => {
  const all = new Map<number, Message>();
  const byHandle = new Map<string, Message>();
  let number = 0;
  let handles = 0;

  const visible = (isDead: boolean): Message[] => {
    const found: Message[] = [];
    for (const one of all.values())
      if (one.visibleAt <= now() && one.receives >= rules.maxReceives === isDead) found.push(one);
    return found;
  };
  const take = (message: Message | undefined, visibilityMs: number, counts: 0 | 1): Message | undefined => {
    if (!message) return undefined;
    byHandle.delete(message.handle);
    message.handle = `r${handles++}`;
    message.receives += counts;
    message.visibleAt = now() + visibilityMs;
    byHandle.set(message.handle, message);
    return { ...message };
  };

  return {
    add: (body, subject, visibleAt) => {
      if (rules.once && subject !== undefined) for (const one of all.values()) if (one.subject === subject) return;
      all.set(number, { number, body, subject, visibleAt, receives: 0, handle: '' });
      number++;
    },
    receive: (visibilityMs, from) => {
      const found = visible(false);
      const message = from === 'any' ? found[random.below(found.length)] : found[0];
      return take(message, visibilityMs, 1);
    },
    receiveDead: (visibilityMs) => take(visible(true)[0], visibilityMs, 0),
    remove: (handle) => {
      const message = byHandle.get(handle);
      if (message) all.delete(message.number);
      byHandle.delete(handle);
    },
    hide: (handle, delayMs, counts) => {
      const message = byHandle.get(handle);
      if (!message) return;
      message.visibleAt = now() + delayMs;
      if (!counts && !rules.countsPutBack) message.receives = Math.max(0, message.receives - 1);
    },
    releaseAll: () => {
      for (const one of all.values()) one.visibleAt = Math.min(one.visibleAt, now());
    },
    size: () => all.size,
  };
};

type Call = <T>(what: string, effect: () => T) => Promise<T>;

/** The port, for one caller. */
export const taskQueue = (messages: Messages, call: Call, now: () => number): TaskQueue => ({
  send: (task) => call(`send ${nameOf(task)}`, () => messages.add(JSON.stringify(task), nameOf(task), now())),
  postpone: (handle, delayMs) => call(`postpone ${handle}`, () => messages.hide(handle, delayMs, true)),
  putBack: (handle, delayMs) => call(`put back ${handle}`, () => messages.hide(handle, delayMs, false)),
});

export const nameOf = (task: RenderTask): string => {
  if ('render' in task) return `render ${task.render.id} v${task.render.version}`;
  if ('repair' in task) return `repair ${task.repair.id} v${task.repair.version}`;
  return `sample ${task.sample.id} for ${task.sample.job}`;
};
