import { idAlphabet } from '../core/ids.ts';
import type { Instant } from '../core/image.ts';
import type { Ports } from '../ports.ts';
import { type AuditReport, type AuditWorld, auditStore } from './audit-store.ts';

type World = AuditWorld & Pick<Ports, 'notes'>;
/** `parts`: how many were audited by this call. `held` is of the whole round, so that it stands until another round finds less. */
export type AuditRoundReport = AuditReport & { readonly parts: number };

/** The first two letters of an id divide any number of images into 1,024 equal parts. */
export const auditParts: readonly string[] = [...idAlphabet].flatMap((first) =>
  [...idAlphabet].map((second) => first + second),
);

/** Side by side. */
export const auditsAtOnce = 2;

/** The next round begins so long after this one began, or when this one has ended. */
const roundMs = 32 * 3600_000;

/** Where a round stands: the next part, and what it has held so far. */
type Cursor = { readonly startedAt: Instant; readonly next: number; readonly held: number };

/**
 * Audits part after part, until all are done or the time has come, and notes where the next call goes on. A call that is
 * killed repeats its last parts, which is safe. docs/decisions.md#audit-round
 */
export const auditRound = async (world: World, until: Instant): Promise<AuditRoundReport> => {
  const { clock, notes } = world;
  const before = cursorIn(await notes.read(note));
  const isOver = before !== undefined && before.next >= auditParts.length;
  const isDue = !before || (isOver && before.startedAt + roundMs <= clock.now());
  let cursor = isDue ? { startedAt: clock.now(), next: 0, held: 0 } : before;
  const sum = { orphans: 0, repaired: 0, lost: 0, parts: 0 };
  while (cursor.next < auditParts.length && clock.now() < until) {
    const parts = auditParts.slice(cursor.next, cursor.next + auditsAtOnce);
    const reports = await Promise.all(parts.map((part) => auditStore(world, part)));
    const of = (count: keyof AuditReport) => reports.reduce((total, report) => total + report[count], 0);
    for (const count of ['orphans', 'repaired', 'lost'] as const) sum[count] += of(count);
    sum.parts += parts.length;
    cursor = { ...cursor, next: cursor.next + parts.length, held: cursor.held + of('held') };
    await notes.write(note, JSON.stringify(cursor));
  }
  return { ...sum, held: cursor.held };
};

const note = 'audit';

const cursorIn = (text: string | undefined): Cursor | undefined =>
  text === undefined ? undefined : (JSON.parse(text) as Cursor);
