#!/usr/bin/env node
// The version is checked before anything is imported: an older Node.js would end with a stack trace instead of a sentence.

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major > 20 || (major === 20 && minor >= 16)) await import('../bin/darkroom.ts');
else {
  process.stderr.write(`darkroom needs Node.js 20.16 or newer, and 24 for a service. This is ${process.version}.\n`);
  process.exitCode = 1;
}

export {};
