/** The names of the metrics. The functions write them; the alarms and the dashboard read them. */
export const metrics = {
  namespace: 'Darkroom',
  ready: 'Ready',
  failed: 'Failed',
  expired: 'Expired',
  renderMs: 'RenderMs',
  renderCpuMs: 'RenderCpuMs',
  variantBytes: 'VariantBytes',
  /** Variants that were copied from the version before instead of encoded. */
  variantsCopied: 'VariantsCopied',
  /** A chore of the clock came to its end. */
  choreDone: 'ChoreDone',
  /** Time since the last move of the version that has waited longest; tickets that no file has come for are not counted. */
  oldestUnfinishedSeconds: 'OldestUnfinishedSeconds',
  /** Images that an audit left alone because too many are unknown to the catalogue. */
  auditHeld: 'AuditHeld',
  /** Events that the bus did not accept. */
  eventsRefused: 'EventsRefused',
  /** The dimension that names the deployment. */
  deployment: 'service',
  /** The dimension that splits chores. */
  chore: 'chore',
  /** The dimension that splits failures. */
  code: 'code',
} as const;
