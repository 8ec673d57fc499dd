import type { Page } from 'playwright-core';

/**
 * Waits until an expression holds in the page. Playwright's own `waitForFunction` evaluates text in the page again and
 * again, which a policy without `unsafe-eval` forbids.
 */
export const untilInPage = async (page: Page, expression: string, timeoutMs = 240_000): Promise<void> => {
  for (const end = Date.now() + timeoutMs; !(await page.evaluate<unknown>(expression)); await page.waitForTimeout(50))
    if (Date.now() > end) throw new Error(`This never held in the page: ${expression}`);
};
