import type { Project } from './project.ts';

/** What the global set-up has made, for the tear-down. */
export const installed: { app?: Project } = {};
