import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from '../lib/render/locked-sharp.ts';
import type { Rgb } from '../lib/render/ssimulacra2/ssimulacra2.ts';
import { unpacked } from './photographs.ts';

const run = promisify(execFile);

/** libjxl's own program, and the libraries that few machines have; `--fetch` unpacks them. */
export const butteraugliPackages = [
  'libjxl-devtools',
  'libtcmalloc-minimal4',
  'libopenexr-3-1-30',
  'libimath-3-1-29',
  'libhwy1',
];
const name = 'butteraugli_main';
const fetched = join(unpacked, 'usr/bin', name);
const program = existsSync(fetched) ? fetched : name;
const libraries = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
const environment = { ...process.env, LD_LIBRARY_PATH: join(unpacked, 'usr/lib', libraries) };

/** The second opinion: Butteraugli, 3-norm; 0 is identical. Undefined where its program is not installed. */
export const butteraugli = async (file: Uint8Array, picture: Rgb): Promise<number | undefined> => {
  const folder = await mkdtemp(join(tmpdir(), 'butteraugli-'));
  try {
    const [reference, shown] = [join(folder, 'reference.png'), join(folder, 'shown.png')];
    const { data, width, height } = picture;
    await writeFile(reference, await png(sharp(data, { raw: { width, height, channels: 3 } })));
    await writeFile(shown, await png(sharp(file).removeAlpha().toColourspace('srgb')));
    const { stdout } = await run(program, [reference, shown, '--pnorm', '3'], { env: environment });
    const [, norm] = /3-norm: ([\d.]+)/.exec(stdout) ?? [];
    return norm === undefined ? undefined : Number(norm);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const png = (picture: ReturnType<typeof sharp>) => picture.png({ compressionLevel: 1 }).toBuffer();
