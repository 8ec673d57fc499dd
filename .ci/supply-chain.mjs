// Lists what is installed (SBOM), and asks the registry for their known faults where it answers that.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const npm = (...args) => {
  const { stdout } = spawnSync('npm', args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, timeout: 600_000 });
  try {
    return JSON.parse(stdout);
  } catch {
    return undefined;
  }
};

// Not `--omit dev`: npm then leaves out a package that a tool for development needs as well.
const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
const components = npm('sbom', '--sbom-format', 'cyclonedx')?.components ?? [];
const listed = new Set(components.map(({ name, group }) => (group ? `${group}/${name}` : name)));
const missing = Object.keys(dependencies).filter((name) => !listed.has(name));
// What is bundled in a package is under the digest of that package.
const isBundled = ({ properties = [] }) => properties.some(({ name }) => name === 'cdx:npm:package:bundled');
const withoutDigest = components.filter((one) => !one.hashes?.length && !isBundled(one)).map(({ name }) => name);
const facts = [
  [`the SBOM lists ${components.length} packages, and every dependency`, components.length > 0 && missing.length === 0],
  ['each of them has a digest', components.length > 0 && withoutDigest.length === 0],
];

const found = npm('audit', '--omit', 'dev', '--json')?.metadata?.vulnerabilities;
if (found)
  facts.push([`the registry knows no grave fault: ${JSON.stringify(found)}`, found.high + found.critical === 0]);
else process.stdout.write('The registry answers no audit here.\n');

const failed = facts.filter(([, holds]) => !holds);
for (const [fact, holds] of facts) process.stdout.write(`${holds ? 'ok    ' : 'FAILED'} ${fact}\n`);
if (failed.length > 0) process.stdout.write(`${JSON.stringify({ missing, withoutDigest })}\n`);
process.stdout.write(`${facts.length - failed.length} passed, ${failed.length} failed\n`);
process.exitCode = failed.length > 0 ? 1 : 0;
