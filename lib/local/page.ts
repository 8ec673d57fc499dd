import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { consolePolicy } from '../contract/console-page.ts';

/** `anyOrigin`: pages of other origins may load it too. The scripts are bundles: docs/decisions.md#checked-in-bundle */
const files = {
  '/': { file: 'index.html', contentType: 'text/html; charset=utf-8' },
  '/darkroom.js': { file: 'darkroom.js', contentType: 'text/javascript; charset=utf-8' },
  '/client.js': { file: 'client.js', contentType: 'text/javascript; charset=utf-8', anyOrigin: true },
  '/element.js': { file: 'element.js', contentType: 'text/javascript; charset=utf-8', anyOrigin: true },
  '/element-worker.js': { file: 'element-worker.js', contentType: 'text/javascript; charset=utf-8', anyOrigin: true },
  '/picture.js': { file: 'picture.js', contentType: 'text/javascript; charset=utf-8', anyOrigin: true },
  '/darkroom.css': { file: 'darkroom.css', contentType: 'text/css; charset=utf-8' },
} as const satisfies Record<string, { file: string; contentType: string; anyOrigin?: true }>;

/** Origins besides our own: where the page uploads to and shows originals from, and where it finds pictures and their manifests. */
export type PageOrigins = { readonly uploads?: string | undefined; readonly pictures?: string | undefined };

const security = ({ uploads, pictures }: PageOrigins) => ({
  'content-security-policy': consolePolicy({
    ...(uploads !== undefined && { originals: uploads }),
    ...(pictures !== undefined && { pictures }),
  }),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
});

/** Answers with one of our own pages; false when the path is none of them. */
export const sendPage = async (
  request: IncomingMessage,
  response: ServerResponse,
  { pathname }: URL,
  origins: PageOrigins,
): Promise<boolean> => {
  if (!Object.hasOwn(files, pathname) || !(request.method === 'GET' || request.method === 'HEAD')) return false;
  const { file, contentType, ...more } = files[pathname as keyof typeof files];
  const body = await readFile(new URL(`../web/${file}`, import.meta.url));
  response.writeHead(200, {
    'content-type': contentType,
    'content-length': body.length,
    'cache-control': 'no-cache',
    ...security(origins),
    ...('anyOrigin' in more && {
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
    }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
  return true;
};
