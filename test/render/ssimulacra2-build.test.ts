import { spawnSync } from 'node:child_process';
import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { temporaryFolder } from '../support/temporary-folder.ts';

const program = fileURLToPath(new URL('../../lib/render/ssimulacra2/build.ts', import.meta.url));
const wasm = fileURLToPath(new URL('../../lib/render/ssimulacra2/ssimulacra2.wasm', import.meta.url));
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

/** Stands for Rust: names no crate, and gives these bytes for the crate beside it. */
const crate = `
  const { copyFileSync, mkdirSync } = require("node:fs");
  const folder = "target/wasm32-unknown-unknown/release";
  if (process.argv[1] === "metadata") console.log(JSON.stringify({ packages: [] }));
  else copyFileSync(process.env.BUILT, (mkdirSync(folder, { recursive: true }), folder) + "/ssimulacra2.wasm");
`;
const cargo = `#!/bin/sh
exec '${process.execPath}' -e '${crate}' -- "$@"
`;
const check = async (built: string, script = program) => {
  const bin = join(folder.path, 'bin');
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, 'cargo'), cargo);
  await chmod(join(bin, 'cargo'), 0o755);
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, BUILT: built };
  const { status, stdout } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', script, '--check'], {
    env,
    encoding: 'utf8',
  });
  return { status, stdout };
};

test('the check says that the program in the repository is what the crate gives, and writes nothing', async () => {
  const facts = join(wasm, '..', 'built.json');
  const before = await readFile(facts, 'utf8');
  const ended = await check(wasm);
  const after = await readFile(facts, 'utf8');
  if (after !== before) await writeFile(facts, before);
  expect(ended).toEqual({ status: 0, stdout: `${JSON.parse(before).wasm} is what the crate gives.\n` });
  expect(after).toBe(before);
});

test('a crate that gives another program fails the check, and nothing is replaced', async () => {
  // A copy of all, so that a fault here could not replace what is in the repository.
  for (const name of ['Cargo.toml', 'Cargo.lock', 'rust-toolchain.toml', 'ssimulacra2.wasm', 'build.ts'])
    await copyFile(join(wasm, '..', name), join(folder.path, name));
  await mkdir(join(folder.path, 'src'));
  await copyFile(join(wasm, '..', 'src', 'lib.rs'), join(folder.path, 'src', 'lib.rs'));
  await writeFile(join(folder.path, 'package.json'), '{"type":"module"}');
  const other = join(folder.path, 'other');
  await writeFile(other, 'another program');
  expect(await check(other, join(folder.path, 'build.ts'))).toEqual({
    status: 1,
    stdout: expect.stringMatching(/^[0-9a-f]{64} is what the crate gives, and ssimulacra2\.wasm is not that\.\n$/),
  });
  expect(await readFile(join(folder.path, 'ssimulacra2.wasm'))).toEqual(await readFile(wasm));
});
