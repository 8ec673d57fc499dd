import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Builds ssimulacra2.wasm from the crate beside it; needs rustup. `--check` says instead whether the one that is here
// is what the crate gives:
//   node lib/render/ssimulacra2/build.ts [--check]

const here = fileURLToPath(new URL('.', import.meta.url));
const wasm = join(here, 'ssimulacra2.wasm');
const target = 'wasm32-unknown-unknown';
const sources = ['Cargo.toml', 'Cargo.lock', 'rust-toolchain.toml', 'src/lib.rs'];

/** Somewhere else, so that no path of this folder gets into the result. */
const built = (): Buffer => {
  const folder = mkdtempSync(join(tmpdir(), 'ssimulacra2-'));
  try {
    mkdirSync(join(folder, 'src'));
    mkdirSync(join(folder, '.cargo'));
    for (const file of sources) cpSync(join(here, file), join(folder, file));
    const cargo = (...args: readonly string[]) =>
      execFileSync('cargo', [...args, '--locked'], { cwd: folder, maxBuffer: 64 * 1024 ** 2 });
    const { packages } = JSON.parse(cargo('metadata', '--format-version=1', `--filter-platform=${target}`).toString());
    const rustflags = JSON.stringify(['-Ctarget-feature=+simd128', ...withoutPaths(folder, packages)]);
    writeFileSync(join(folder, '.cargo', 'config.toml'), `[build]\nrustflags = ${rustflags}\n`);
    cargo('build', '--quiet', '--release', `--target=${target}`);
    return readFileSync(join(folder, 'target', target, 'release', 'ssimulacra2.wasm'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Messages of a panic name the file: without the folders of this machine, every machine builds the same bytes. */
const withoutPaths = (folder: string, packages: readonly { manifest_path: string; source: string | null }[]) => {
  const crates = packages.filter(({ source }) => source !== null).map((crate) => dirname(dirname(crate.manifest_path)));
  return [...[...new Set(crates)].map((registry) => [registry, 'crates']), [folder, 'ssimulacra2']].map(
    ([from, to]) => `--remap-path-prefix=${from}=${to}`,
  );
};

const digest = (...parts: readonly Uint8Array[]): string =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');

const bytes = built();
if (process.argv.includes('--check')) {
  const same = readFileSync(wasm).equals(bytes);
  process.stdout.write(
    `${digest(bytes)} is what the crate gives${same ? '' : ', and ssimulacra2.wasm is not that'}.\n`,
  );
  process.exitCode = same ? 0 : 1;
} else {
  writeFileSync(wasm, bytes);
  const from = digest(...sources.map((file) => readFileSync(join(here, file))));
  writeFileSync(join(here, 'built.json'), `${JSON.stringify({ sources, from, wasm: digest(bytes) }, null, 2)}\n`);
}
