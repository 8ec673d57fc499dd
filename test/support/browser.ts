import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const usualPlaces = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Chromium or Chrome, wherever it is: on Debian `apt-get install chromium`, elsewhere CHROMIUM=/path/to/it. */
export const launchBrowser = (more: readonly string[] = []): Promise<Browser> => {
  const executablePath = process.env.CHROMIUM ?? usualPlaces.find((path) => existsSync(path));
  if (executablePath === undefined || !existsSync(executablePath))
    throw new Error(
      `There is no browser at ${executablePath ?? usualPlaces.join(', ')}. Install Chromium, or set CHROMIUM.`,
    );
  return chromium.launch({
    executablePath,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-quic'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      ...more,
    ],
  });
};
