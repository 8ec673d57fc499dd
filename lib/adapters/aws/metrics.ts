/** The names of the metrics. The functions write them; the alarms and the dashboard read them. */
export const metrics = {
  namespace: 'Darkroom',
  ready: 'Ready',
  failed: 'Failed',
  expired: 'Expired',
  renderMs: 'RenderMs',
  renderCpuMs: 'RenderCpuMs',
  variantBytes: 'VariantBytes',
  /** A chore of the clock came to its end. */
  choreDone: 'ChoreDone',
  /** How long ago that version moved which has not come to an end and has waited longest. */
  oldestUnfinishedSeconds: 'OldestUnfinishedSeconds',
  /** Images that an audit left alone because too many are unknown to the catalogue. */
  auditHeld: 'AuditHeld',
  /** Events that the bus did not take when they were told. */
  eventsRefused: 'EventsRefused',
  /** The dimension that says whose figures they are. */
  deployment: 'service',
  /** The dimension that splits chores. */
  chore: 'chore',
  /** The dimension that splits failures. */
  code: 'code',
} as const;
