import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { Service } from '../../support/service.ts';

export type Given = { readonly name: string; readonly mimeType: string; readonly buffer: Buffer };

/** What the scenes of Chromium share: run.ts makes it. */
export type World = {
  /** Of these scenes alone. */
  readonly folder: string;
  readonly serve: (name: string, environment?: Record<string, string>) => Promise<Service>;
  readonly open: (url: string, options?: BrowserContextOptions) => Promise<Opened>;
  readonly check: (fact: string, holds: boolean, more?: unknown) => void;
  /** A fact that the end of waits shows. A wait in vain ends the scene, which fails by the name of the fact. */
  readonly sees: (fact: string, ...waits: readonly Promise<unknown>[]) => Promise<void>;
  readonly holds: (page: Page, expression: string) => Promise<void>;
  readonly choose: (page: Page, files: readonly Given[]) => Promise<void>;
  /** Waits until the row of a file says so. */
  readonly status: (page: Page, name: string, text: RegExp | string) => Promise<void>;
  readonly given: (name: string, bytes: Uint8Array, mimeType?: string) => Given;
  readonly photo: (name: string, width?: number, height?: number) => Promise<Given>;
};

export type Opened = {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the browser's console shows as an error. */
  readonly complaints: readonly string[];
};
