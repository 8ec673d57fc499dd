import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { errorCode } from '../../../lib/adapters/local/error-code.ts';

const run = promisify(execFile);

const root = fileURLToPath(new URL('../../..', import.meta.url));
const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));

export type Python = { readonly binary: string; readonly environment: Readonly<Record<string, string>> };

/** A Python with the tools of requirements.txt: installed once, beside what npm installs, in no place of the system's. */
export const pythonTools = async (): Promise<Python> => {
  const binary = await findPython();
  const digest = createHash('sha256').update(await readFile(requirements));
  const { stdout: version } = await run(binary, ['--version']);
  const name = digest.update(version).digest('hex').slice(0, 12);
  const folder = join(root, 'node_modules', '.cache', `python-${name}`);
  if (!(await exists(folder))) await install(binary, folder);
  return { binary, environment: { PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1' } };
};

const install = async (binary: string, folder: string): Promise<void> => {
  const draft = `${folder}.${process.pid}`;
  await mkdir(draft, { recursive: true });
  try {
    await run(binary, ['-m', 'pip', 'install', '--quiet', '--target', draft, '--requirement', requirements], {
      maxBuffer: 64 * 1024 * 1024,
    });
    await rename(draft, folder).catch((error: unknown) => {
      // Another run has installed the same meanwhile.
      if (errorCode(error) !== 'ENOTEMPTY') throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
};

const candidates = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];

const findPython = async (): Promise<string> => {
  const program = 'import sys, pip; print(sys.executable if sys.version_info >= (3, 10) else "")';
  for (const candidate of candidates)
    try {
      const { stdout } = await run(candidate, ['-c', program]);
      if (stdout.trim() !== '') return stdout.trim();
    } catch {
      // Not installed, or without pip: the next one may do.
    }
  throw new Error(
    `This needs Python 3.10 or newer with pip, for the emulator of AWS, and there is none among ${candidates.join(', ')} on the PATH (${process.env.PATH?.split(delimiter).length ?? 0} folders).`,
  );
};

const exists = async (path: string): Promise<boolean> => {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
};
