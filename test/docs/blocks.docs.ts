import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

// Which test runs which block of which page, and why the others are not run. A block without a row fails here, and so
// does a row whose block is gone. Blocks with four spaces before them count as well.

/**
 * `begins` is the first line of the block, or its beginning. Then comes the test that runs it, "not as it stands: " and a test
 * that does the same with other names, or "not run: " and the reason.
 */
type Row = readonly [begins: string, by: string];

const noAccount =
  'not run: it needs an AWS account; the tests of test/system/aws deploy the same stack to an emulated one';
const noCloud = 'not run: it needs an AWS account, and what it names is made by a deploy';
const shown = 'not run: it shows something and is no command';
const same = (test: string) => `not as it stands: ${test}`;
const gate = 'not run: it is a stage of .ci/run, which takes minutes';
const apiPage = 'test/docs/api-page.docs.ts';
const faq = 'test/docs/faq-page.docs.ts';
const migrating = 'test/docs/migrating-page.docs.ts';
const operations = 'test/docs/operations.docs.ts';
const purge = 'test/docs/purge-page.test.ts';
const showing = 'test/docs/showing-page.docs.ts';
const site = 'test/docs/site-pages.docs.ts';
const webhooks = 'test/docs/webhooks-page.test.ts';

/** Pages whose blocks are all run by one test, and the other pages with a row for each block, in their order. */
const pages: Readonly<Record<string, string | readonly Row[]>> = {
  'docs/api.md': apiPage,
  'docs/command-line.md': 'test/docs/command-line-page.test.ts',
  'docs/errors.md': 'test/docs/errors-page.test.ts',
  'docs/faq.md': faq,
  'README.md': [
    ['npm ci && npm start', '.ci/first-contact.mjs'],
    ['Darkroom is ready: ', '.ci/first-contact.mjs'],
    ['curl -s localhost:8787/v1/images', operations],
    ['npm run deploy', noAccount],
    ['npm test', '.ci/first-contact.mjs'],
  ],
  'CONTRIBUTING.md': [['bin, functions', shown]],
  'docs/aws.md': [
    ['npm ci', noAccount],
    ['aws secretsmanager put-secret-value', noCloud],
    ['npm run deploy -- --check', same('test/system/aws/check-deploy.aws.ts')],
    ['npm run deploy -- --diff', same('test/system/aws/first-deploy.aws.ts')],
    ['output() {', noCloud],
    ['ALARM=', noCloud],
    ['curl -i -X OPTIONS', noCloud],
    ['aws sqs get-queue-attributes', noCloud],
    ['LOG=', noCloud],
    ['aws cloudwatch describe-alarms', noCloud],
    ['aws cloudformation update-termination-protection', noCloud],
    ['aws dynamodb update-table --no-deletion', noCloud],
    [
      "import { defineConfig, ImagePipeline } from 'darkroom-images/construct';",
      same('test/package/construct.package.ts'),
    ],
    ['browser ──', shown],
    ['npm run deploy -- --context domainName=', noAccount],
    ['npm run deploy -- --context clockStopped=true', noAccount],
    ['aws dynamodb restore-table-to-point-in-time', noCloud],
    ['npm run restore -- --table <Table> --from', same('test/adapters/aws/restore.aws.ts')],
    ['npm run restore -- --table <Table> --originals', same('test/adapters/aws/restore.aws.ts')],
    ['git pull', noAccount],
    ['aws iam create-open-id-connect-provider', noCloud],
    ['{', shown],
    ['{', shown],
    ['npm run deploy -- --drill', same('test/system/aws/drill.aws.ts')],
    ['aws cloudwatch set-alarm-state', noCloud],
    ['aws cloudwatch put-metric-alarm', noCloud],
    ['aws dynamodb update-table --table-name <Table> --warm', noCloud],
    ['npm run deploy -- --context terminationProtection=false', noAccount],
  ],
  'docs/client.md': [
    ['npm ci', same('test/package/project.ts')],
    ["import { readFile } from 'node:fs/promises';", 'test/docs/client-page.package.ts'],
    ["import { readFile, writeFile } from 'node:fs/promises';", 'test/docs/client-page.package.ts'],
  ],
  'docs/migrating.md': [
    ['npx darkroom import old-originals', migrating],
    ['npx darkroom import s3://old-bucket', same('test/commands/import.objects.ts')],
    ['{', migrating],
    ['npx darkroom compare', migrating],
    ["node -e '", migrating],
    ["node -e '", migrating],
    ['map $uri', migrating],
    ['npx darkroom verify', migrating],
  ],
  'docs/one-box.md': [
    ['export DARKROOM_WORKERS=1', operations],
    ['export DARKROOM_LITTLE_MEMORY=on', operations],
    ['npx darkroom reprocess --failed gave-up', operations],
    ['npx darkroom verify --repair', operations],
    ['npx darkroom reprocess --stale --wait', same('test/docs/playbooks.docs.ts')],
    ['npx darkroom reprocess --failed unsupported-format --wait', same('test/docs/playbooks.docs.ts')],
    ['usermod', 'not run: only root may change the groups of a user'],
    ['DARKROOM_PURGE_URL=', operations],
    ['{', same('test/local/purge.service.ts')],
    ["import { createServer } from 'node:http';", purge],
    ['// forget.js', purge],
    ['if (req.url.path', 'not run: it is for Fastly alone, and the page says that it has not been tried'],
    ['// forget.js', 'not run: it needs an account at Fastly, and the page says that it has not been tried'],
    ['// forget.js', 'not run: it needs an account at Cloudflare, and the page says that it has not been tried'],
    ['export AWS_REGION=', same('test/local/bucket.objects.ts')],
    ['export AWS_REGION=', same('test/local/move.objects.ts')],
    ['npx darkroom backup', operations],
    ['npx darkroom restore', operations],
    ['npx darkroom rebuild', operations],
    ['cp -al private/.trash', operations],
  ],
  'docs/performance.md': [['npm --prefix bench/studies ci', 'not run: it measures, for minutes on a quiet machine']],
  'docs/reliability.md': [['npm run simulate', gate]],
  'docs/rendering.md': [['bytes ─▶', shown]],
  'docs/security.md': [['npm run conformance', gate]],
  'docs/showing.md': [
    ['GET /v1/images/{id}', shown],
    ['<script type="module"', site],
    ["const picture = document.createElement('darkroom-picture');", site],
    ['npx darkroom render pictures', showing],
    ['// picture.mjs', showing],
  ],
  'docs/uploads.md': [
    ['page ──', shown],
    ['<script type="module"', site],
    ['import { put, untilReady }', site],
    ['[', site],
  ],
  'docs/webhooks.md': [
    ['DARKROOM_WEBHOOK_URL=', operations],
    ['{', webhooks],
    ["import { createServer } from 'node:http';", webhooks],
    ['webhook-id: ', shown],
    ['from standardwebhooks import Webhook', 'test/docs/standard-webhooks.docs.ts'],
    ['npx darkroom events replay', operations],
  ],
};

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const documents = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'bench/README.md'],
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** The first line of each block: between two fences, or four spaces and more in, after an empty line. */
const blocksOf = (text: string): readonly string[] => {
  const found: string[] = [];
  const lines = text.split('\n');
  let [fenced, indented] = [false, false];
  for (const [at, line] of lines.entries()) {
    const isFence = /^ *```/.test(line);
    if (isFence && !fenced) found.push((lines[at + 1] ?? '').trim());
    if (isFence) fenced = !fenced;
    if (isFence || fenced || line === '') continue;
    const isIn = line.startsWith('    ');
    if (isIn && !indented && lines[at - 1] === '') found.push(line.trim());
    indented = isIn && (indented || lines[at - 1] === '');
  }
  return found;
};

const blocks = Object.fromEntries(documents.map((path) => [path, blocksOf(read(path))]));

test('every page with a block has its rows, and no other', () => {
  const withBlocks = documents.filter((path) => blocks[path]?.length !== 0);
  expect(Object.keys(pages).sort()).toEqual(withBlocks.sort());
});

describe.each(Object.entries(pages))('%s', (path, rows) => {
  test('has each block run by a test, or a reason why it is not', () => {
    const found = blocks[path] ?? [];
    if (typeof rows === 'string') return expect(found.length).toBeGreaterThan(0);
    const matched = found.map((first, at) => (rows[at] && first.startsWith(rows[at][0]) ? rows[at][0] : first));
    expect(matched).toEqual(rows.map(([begins]) => begins));
  });

  test('names tests that read the page, or run what stands there', () => {
    const named = typeof rows === 'string' ? [rows] : rows.map(([, by]) => by);
    for (const by of new Set(named.filter((text) => !/^not run: \S+/.test(text)))) {
      const test = by.replace(/^not as it stands: /, '');
      expect([test, existsSync(join(root, test))]).toEqual([test, true]);
      // A test that runs a block as it stands reads the page; those of .ci type the commands of README.md themselves.
      if (test === by && test.startsWith('test/'))
        expect([test, read(test).includes(path.replace(/^docs\//, ''))]).toEqual([test, true]);
    }
  });
});
