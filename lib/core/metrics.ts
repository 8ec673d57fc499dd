/** What a deployment counts. The functions write these, the alarms and the dashboard read them. */
export const metrics = {
  namespace: 'Darkroom',
  ready: 'Ready',
  failed: 'Failed',
  expired: 'Expired',
  renderMs: 'RenderMs',
  renderCpuMs: 'RenderCpuMs',
  variantBytes: 'VariantBytes',
  /** The dimension that splits failures. */
  code: 'code',
} as const;
