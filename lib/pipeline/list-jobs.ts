import type { BulkJob } from '../core/bulk-job.ts';
import type { BulkJobs } from '../ports.ts';
import { cursorOf, positionOf } from './parts/cursor.ts';

type Query = { readonly limit: number; readonly cursor?: string | undefined };
type Page = { readonly items: readonly BulkJob[]; readonly nextCursor: string | null };

export const listJobs = async (jobs: BulkJobs, { limit, cursor }: Query): Promise<Page> => {
  const { items, next } = await jobs.list({ limit, after: positionOf(cursor) });
  return { items, nextCursor: cursorOf(next) };
};
