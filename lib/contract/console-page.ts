/** What the console needs from where it is served: a policy, and the address of its service if that is elsewhere. */

/** Origins besides its own: of the API, of the originals that it uploads and shows, and of the pictures. */
export type ConsoleOrigins = Readonly<Partial<Record<'api' | 'originals' | 'pictures', string>>>;

/** Content-Security-Policy: nothing inline, and nothing from anywhere else. */
export const consolePolicy = ({ api = '', originals = '', pictures = '' }: ConsoleOrigins): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "style-src 'self'",
    `img-src ${sources("'self' blob: data:", originals, pictures)}`,
    `connect-src ${sources("'self'", api, originals, pictures)}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

const sources = (...all: readonly string[]): string => all.filter((one) => one !== '').join(' ');

/** `index.html` for a console whose service has another address than the page. */
export const consoleOf = (html: string, service: string): string =>
  html
    .replace('<darkroom-upload>', () => `<darkroom-upload service="${service}">`)
    .replace('href="v1/docs"', () => `href="${service}/v1/docs"`);
