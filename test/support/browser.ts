import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const usualPlaces = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A limit for what hangs: a busy machine must not come near it. */
const patienceMs = 240_000;

/** A page that waits that long for what it is asked. */
export const newPage = async (browser: Browser, options: BrowserContextOptions = {}): Promise<Page> => {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(patienceMs);
  return page;
};

/** Chromium or Chrome, wherever it is: on Debian `apt-get install chromium`, elsewhere CHROMIUM=/path/to/it. */
export const launchBrowser = (more: readonly string[] = []): Promise<Browser> => {
  const executablePath = process.env.CHROMIUM ?? usualPlaces.find((path) => existsSync(path));
  if (executablePath === undefined || !existsSync(executablePath))
    throw new Error(
      `There is no browser at ${executablePath ?? usualPlaces.join(', ')}. Install Chromium, or set CHROMIUM.`,
    );
  return chromium.launch({
    executablePath,
    timeout: patienceMs,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-quic'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      ...more,
    ],
  });
};
