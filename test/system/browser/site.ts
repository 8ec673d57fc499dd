import type { Service } from '../../support/service.ts';
import type { Opened, World } from './world.ts';

/** Opens a page of the service's own origin with nothing on it but this. */
export const siteOf =
  ({ open }: World) =>
  async (service: Service, body: string, lang = 'en'): Promise<Opened> => {
    const opened = await open('about:blank');
    const html = `<!doctype html><html lang="${lang}"><meta charset="utf-8"><title>A site</title><link rel="icon" href="data:,">
      ${body}</html>`;
    const address = `${service.url}/page-of-a-site`;
    await opened.page.route(address, (route) => route.fulfill({ contentType: 'text/html', body: html }));
    await opened.page.goto(address);
    return opened;
  };
