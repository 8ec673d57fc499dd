/** What the stack tells its functions, all of them together. */
export const functionVariables: Readonly<Record<string, string>> = {
  DARKROOM_LOG: 'error',
  DARKROOM_TABLE: 'table',
  DARKROOM_ORIGINALS: 'originals',
  DARKROOM_VARIANTS: 'variants',
  DARKROOM_QUEUE_URL: 'http://queue.example/',
  DARKROOM_SITE: 'http://site.example',
  DARKROOM_RENDER_MEMORY_MIB: '1792',
  DARKROOM_DISTRIBUTION: 'distribution',
  DARKROOM_PACE: '1',
  MALLOC_ARENA_MAX: '2',
  DARKROOM_EVENT_BUS: 'bus',
  DARKROOM_KEYS_SECRET: 'secret',
  DARKROOM_WATCH_SECRET: 'watch',
  AWS_REGION: 'us-east-1',
};
