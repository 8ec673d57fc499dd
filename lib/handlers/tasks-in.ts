import * as z from 'zod';
import { queuedTask } from '../contract/queue.ts';
import { parseOriginalKey } from '../core/object-keys.ts';
import type { Log, RenderTask } from '../ports.ts';
import { s3Notification } from './s3-notification.ts';

/** What lies in the queue of the renderers. */
const queueMessage = z.union([s3Notification, queuedTask]);

/** The tasks of a message. An unknown message is logged and dropped: retrying cannot help. */
export const tasksIn = (body: string, log: Log): readonly RenderTask[] => {
  const parsed = queueMessage.safeParse(parseJson(body));
  if (!parsed.success) {
    log.warn('an unknown message was dropped', { body: body.slice(0, 1000) });
    return [];
  }
  if ('Event' in parsed.data) return [];
  if (!('Records' in parsed.data)) return [parsed.data];
  return parsed.data.Records.flatMap(({ eventName, s3 }) => {
    const version = eventName.startsWith('ObjectCreated:') ? parseOriginalKey(s3.object.key) : undefined;
    if (!version) log.warn('an object that is no original was ignored', { eventName, key: s3.object.key });
    return version ? { render: version } : [];
  });
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
