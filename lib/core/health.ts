/** One thing that the service depends on. If a `needed` one fails, no ticket is given. Why it is here: docs/decisions.md#core */
export type Check = {
  readonly name: string;
  readonly ok: boolean;
  readonly needed: boolean;
  /** For people; it is shown to callers without a key. */
  readonly detail?: string | undefined;
};

export const healthStatuses = ['ok', 'degraded', 'unavailable'] as const;

export const healthStatus = (checks: readonly Check[]): (typeof healthStatuses)[number] => {
  if (checks.some(({ ok, needed }) => needed && !ok)) return 'unavailable';
  return checks.every(({ ok }) => ok) ? 'ok' : 'degraded';
};
