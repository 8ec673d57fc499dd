import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { DarkroomError, darkroom, type ReadyImage } from '../../lib/client/darkroom.ts';

// Uploads pictures from Node and prints the HTML that shows them.
// DARKROOM_URL=http://127.0.0.1:8787 DARKROOM_API_KEY=… node examples/node/upload.ts photo.jpg drawing.png

const { DARKROOM_URL: url = 'http://127.0.0.1:8787', DARKROOM_API_KEY: key } = process.env;
const client = darkroom({ url, key });

const contentTypes: Readonly<Record<string, string>> = {
  ...{ avif: 'image/avif', gif: 'image/gif', jpeg: 'image/jpeg', jpg: 'image/jpeg', png: 'image/png' },
  webp: 'image/webp',
};

/** Asks for a ticket, sends the file and waits until every variant is there. */
const upload = async (path: string): Promise<ReadyImage> => {
  const contentType = contentTypes[path.split('.').at(-1)?.toLowerCase() ?? ''];
  return client.upload(await openAsBlob(path), {
    filename: basename(path),
    collection: 'from-node',
    ...(contentType && { contentType }),
    onProgress: ({ stage, done }) => process.stderr.write(`${path}: ${stage} ${Math.round(done * 100)} %\n`),
  });
};

for (const path of process.argv.slice(2)) {
  try {
    const { id, ready } = await upload(path);
    process.stdout.write(`<!-- ${path} is ${id} -->\n${ready.picture.html}\n`);
  } catch (error) {
    // Anything else is a fault of this program and ends it.
    if (!(error instanceof DarkroomError)) throw error;
    // The code is for programs, the sentence says what to do.
    process.stderr.write(`${path}: ${error.code}: ${error.message}\n`);
    process.exitCode = 1;
  }
}
