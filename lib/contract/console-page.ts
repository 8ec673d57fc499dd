/** What the console needs from where it is served: a policy, and addresses if its service is elsewhere. */

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

/** `index.html` for a console whose service has another address than the page. `board` shows the figures of its operations. */
export const consoleOf = (html: string, service: string, board?: string): string =>
  html
    .replace('</head>', () => `${board === undefined ? '' : `  <link rel="figures" href="${board}" />\n  `}</head>`)
    .replace('<darkroom-upload>', () => `<darkroom-upload service="${service}">`)
    .replace('href="v1/docs"', () => `href="${service}/v1/docs"`);
