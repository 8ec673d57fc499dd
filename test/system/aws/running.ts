import type { Ministack } from './ministack.ts';

/** What the set-up started and the teardown has to stop. */
export const running: { ministack?: Ministack } = {};
