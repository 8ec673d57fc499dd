import type { RenderTask } from '../../lib/ports.ts';
import { jobBookContract } from '../contracts/bulk-jobs.ts';
import { catalogueContract } from '../contracts/catalogue.ts';
import { objectStoreContract } from '../contracts/object-store.ts';
import { taskQueueContract } from '../contracts/task-queue.ts';
import { catalogueOf, emptyJobRows, emptyRows, jobsOf } from './catalogue.ts';
import { objectStore, storedObjects } from './object-store.ts';
import { messagesIn, taskQueue } from './queue.ts';
import { randomFrom } from './random.ts';

const close = async (): Promise<void> => undefined;
const atOnce = async <T>(_what: string, effect: () => T): Promise<T> => effect();
const unwatched = { added: () => undefined, moved: () => undefined, removed: () => undefined, seen: () => undefined };

objectStoreContract('the simulated store', async () => {
  const objects = storedObjects(Date.now, { put: () => undefined, removed: () => undefined });
  return { store: objectStore(objects, atOnce), close };
});

catalogueContract('the simulated catalogue', async () => {
  const rows = emptyRows(unwatched);
  return { catalogue: catalogueOf(rows, atOnce), events: async () => rows.events, close };
});

jobBookContract('the simulated book of jobs', async () => ({ jobs: jobsOf(emptyJobRows(), atOnce), close }));

for (const [home, rules] of Object.entries({
  AWS: { maxReceives: 10, once: false, countsPutBack: true },
  'one box': { maxReceives: 10, once: true, countsPutBack: false },
}))
  taskQueueContract(`the simulated queue of ${home}`, async () => {
    const messages = messagesIn(Date.now, randomFrom(1), rules);
    return {
      queue: taskQueue(messages, atOnce, Date.now),
      receive: async () => {
        const message = messages.receive(600_000, 'oldest');
        return message && { handle: message.handle, task: JSON.parse(message.body) as RenderTask };
      },
      remove: async (handle) => messages.remove(handle),
      close,
    };
  });
