import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Builds ssimulacra2.wasm from the crate beside it; needs rustup. `--check` says instead whether the one that is here
// is what the crate gives:
//   node lib/render/ssimulacra2/build.ts [--check]

const here = fileURLToPath(new URL('.', import.meta.url));
const wasm = join(here, 'ssimulacra2.wasm');
const sources = ['Cargo.toml', 'Cargo.lock', 'rust-toolchain.toml', 'src/lib.rs'];

/** Somewhere else, so that no path of this folder gets into the result. */
const built = (): Buffer => {
  const folder = mkdtempSync(join(tmpdir(), 'ssimulacra2-'));
  try {
    mkdirSync(join(folder, 'src'));
    for (const file of sources) cpSync(join(here, file), join(folder, file));
    const cargo = (args: readonly string[], environment: NodeJS.ProcessEnv = {}) =>
      execFileSync('cargo', [...args, '--target', 'wasm32-unknown-unknown', '--locked'], {
        cwd: folder,
        env: { ...process.env, ...environment },
        stdio: ['ignore', 'inherit', 'inherit'],
      });
    cargo(['fetch', '--quiet']);
    cargo(['build', '--quiet', '--release'], {
      CARGO_ENCODED_RUSTFLAGS: ['-Ctarget-feature=+simd128', ...withoutPaths(folder)].join('\x1f'),
      CARGO_TARGET_DIR: join(folder, 'target'),
    });
    return readFileSync(join(folder, 'target/wasm32-unknown-unknown/release/ssimulacra2.wasm'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Messages of a panic name the file: without the folders of this machine, every machine builds the same bytes. */
const withoutPaths = (folder: string): readonly string[] => {
  const registry = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'registry', 'src');
  const crates = readdirSync(registry).map((index) => `--remap-path-prefix=${join(registry, index)}=crates`);
  return [...crates, `--remap-path-prefix=${folder}=ssimulacra2`];
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
