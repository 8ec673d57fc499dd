import type { Download, FiguresAnswer, Health, ImageAnswer, JobAnswer, Ticket } from '../contract/answers.ts';
import { type BulkJob, dollarsSpent, type Estimate, estimateOf } from '../core/bulk-job.ts';
import { figureNames } from '../core/figures.ts';
import { type Check, healthStatus } from '../core/health.ts';
import type { EndedAttempt, Image, Ready } from '../core/image.ts';
import { manifestKey, type VersionRef, variantKey } from '../core/object-keys.ts';
import { type PictureWishes, pictureOf } from '../core/picture.ts';
import { troubles } from '../core/trouble.ts';
import type { OriginalDownload } from '../pipeline/download-original.ts';
import type { IssuedTicket } from '../pipeline/parts/issue-ticket.ts';
import type { Receipt } from '../pipeline/remove-image.ts';
import type { RecentFigures } from '../ports.ts';

/** From our types to the answers of the contract. `site` is the address under which variants are served. */

const text = (instant: number): string => new Date(instant).toISOString();
const textOrNull = (instant: number | undefined): string | null => (instant === undefined ? null : text(instant));

export const presentTicket = (
  { version, upload, expiresAt }: IssuedTicket,
  watch: { readonly token: string; readonly expiresAt: number },
): Ticket => ({
  id: version.id,
  version: version.version,
  status: version.status,
  upload: { method: 'PUT', url: upload.url, headers: { ...upload.headers }, expiresAt: text(expiresAt) },
  watch: { token: watch.token, expiresAt: text(watch.expiresAt) },
  links: { self: `/v1/images/${version.id}` },
});

export const presentStarted = ({ id, version }: VersionRef) => ({
  id,
  version,
  status: 'pending' as const,
  links: { self: `/v1/images/${id}` },
});

export const presentDownload = ({ expiresAt, ...original }: OriginalDownload): Download => ({
  ...original,
  expiresAt: text(expiresAt),
});

export const presentReceipt = ({ id, deletedAt, keys, purged }: Receipt) => ({
  id,
  deletedAt: text(deletedAt),
  objects: keys.length,
  keys: [...keys],
  purged,
});

export const presentJob = (job: BulkJob, dollarsOf?: (estimate: Estimate) => number): JobAnswer => {
  const { id, action, status, dryRun, preset, stage, done, failed, skipped } = job;
  const estimate = dryRun && status === 'done' ? estimateOf(job) : null;
  return {
    id,
    action,
    status,
    dryRun,
    preset,
    createdAt: text(job.createdAt),
    updatedAt: text(job.updatedAt),
    total: stage === 'counting' ? null : job.total,
    done,
    failed,
    skipped,
    pausedBecause: job.pausedBecause,
    budget: job.budget && { images: job.budget.images ?? null, dollars: job.budget.dollars ?? null },
    spent: { images: job.handed, dollars: dollarsSpent(job, dollarsOf) ?? null },
    failures: [...job.failures],
    estimate: estimate && { sampled: job.samples.length, ...estimate, dollars: dollarsOf?.(estimate) ?? null },
  };
};

export const presentImage = (image: Image, site: string, wishes: PictureWishes = {}): ImageAnswer => {
  const { newest, visible } = image;
  return {
    id: image.id,
    collection: image.collection,
    filename: image.filename,
    createdAt: text(image.createdAt),
    updatedAt: text(image.updatedAt),
    version: newest.version,
    status: newest.status,
    progress: image.progress,
    attempts: newest.attempts,
    requestedAt: text(newest.createdAt),
    arrivedAt: textOrNull(newest.arrivedAt),
    startedAt: textOrNull(newest.startedAt),
    endedAttempts: presentEnded(newest.endedAttempts),
    error: newest.status === 'failed' ? newest.error : null,
    tookMs: newest.status === 'failed' ? (newest.tookMs ?? null) : null,
    original: newest.original,
    ready: visible && presentReady(visible, site, wishes),
  };
};

const presentReady = (ready: Ready, site: string, wishes: PictureWishes): NonNullable<ImageAnswer['ready']> => {
  const { kind, width, height, recipe, placeholder, crops } = ready.rendering;
  const { id, version } = ready;
  const variants = ready.rendering.variants.map((variant) => ({
    ...variant,
    score: variant.score ?? null,
    storedAt: textOrNull(variant.storedAt),
    url: `${site}/${variantKey({ id, version, name: variant.name, format: variant.format })}`,
  }));
  const { html, sources, img } = pictureOf(variants, width, height, wishes);
  return {
    version,
    source: ready.source,
    requestedAt: text(ready.createdAt),
    arrivedAt: textOrNull(ready.arrivedAt),
    startedAt: textOrNull(ready.startedAt),
    endedAttempts: presentEnded(ready.endedAttempts),
    readyAt: text(ready.readyAt),
    spent: ready.spent ?? null,
    kind,
    width,
    height,
    recipe,
    placeholder,
    variants,
    crops: crops ? Object.entries(crops).map(([name, cut]) => ({ name, ...cut })) : null,
    picture: { html, sources: [...sources], img },
    manifest: `${site}/${manifestKey(ready)}`,
  };
};

const presentEnded = (attempts: readonly EndedAttempt[] = []) =>
  attempts.map(({ startedAt, endedAt, trouble, counted }) => ({
    startedAt: text(startedAt),
    endedAt: textOrNull(endedAt ?? undefined),
    trouble,
    reason: troubles[trouble].reason,
    counted,
  }));

export const presentHealth = (release: string, checks: readonly Check[]): Health => ({
  status: healthStatus(checks),
  version: release,
  checks: checks.map(({ name, ok, detail }) => ({ name, ok, ...(detail !== undefined && { detail }) })),
});

export const presentFigures = ({ to, stepMs, series, queue, renders, ...now }: RecentFigures): FiguresAnswer => ({
  to: text(to),
  stepSeconds: stepMs / 1000,
  series: Object.fromEntries(figureNames.map((name) => [name, [...series[name]]])) as FiguresAnswer['series'],
  queue: queue ? { tasks: queue.tasks, oldestMs: queue.oldestMs ?? null } : null,
  renders: {
    since: text(renders.since),
    count: renders.count,
    cpuMs: renders.cpuMs ?? null,
    dollars: renders.dollars ?? null,
  },
  images: now.images ?? null,
  storedBytes: { originals: now.storedBytes.originals ?? null, variants: now.storedBytes.variants ?? null },
  disk: now.disk ?? null,
  renderers: now.renderers ?? null,
});
