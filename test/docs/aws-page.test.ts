import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  callsOfCounting,
  choresMemoryMib,
  hoursOfCopy,
  hoursOfCounting,
  indexWrites,
  quotas,
  ratesOfSweep,
  rendersAtOnce,
  tableCopy,
  target,
  wantedOf,
  warmthOf,
} from '../../lib/adapters/aws/ceilings.ts';
import {
  auditReadUnits,
  costOf,
  differenceCost,
  prices,
  sumOf,
  typicalUsage,
  type Usage,
} from '../../lib/adapters/aws/cost.ts';
import { arrivalTable, costTable } from '../../lib/adapters/aws/cost-table.ts';
import { deploySettings } from '../../lib/infra/deploy-settings.ts';
import { auditParts, auditsAtOnce } from '../../lib/pipeline/audit-round.ts';
import { auditLookups } from '../../lib/pipeline/audit-store.ts';
import { auditMs } from '../../lib/work/chores.ts';
import { only, resources, type Synthesised, synthesised } from '../infra/synthesised.ts';

const page = readFileSync(new URL('../../docs/aws.md', import.meta.url), 'utf8');
const performancePage = readFileSync(new URL('../../docs/performance.md', import.meta.url), 'utf8');
/** What the choice of the concurrency reads from the account. */
const choiceReads = ['lambda:GetAccountSettings', 'lambda:GetFunctionConcurrency', 'cloudformation:ListStackResources'];
const rowsAfter = (heading: string, end = '\n## ') =>
  (page.split(`## ${heading}\n`)[1]?.split(end)[0] ?? '')
    .split('\n')
    .flatMap((line) => /^\| `(\w+)` \|/.exec(line)?.[1] ?? []);

/** The text of the page between two others, as one line. */
const section = (from: string, to: string) => (page.split(from)[1]?.split(to)[0] ?? '').replace(/\s+/g, ' ');
const alarmMetrics = ({ template }: Synthesised) =>
  Object.values(template.findResources('AWS::CloudWatch::Alarm')).flatMap(
    ({ Properties: { Metrics = [{ MetricStat: {} }] } }) =>
      (Metrics as { MetricStat?: object }[]).filter(({ MetricStat }) => MetricStat !== undefined),
  );

describe('docs/aws.md', () => {
  test('has the cost table that the command prints', () => {
    expect(page).toContain(costTable(typicalUsage));
    expect(page).toContain(arrivalTable());
  });

  test('says what no change of ours can bring down: the PUTs of the files, and the seconds within which the goal is met', () => {
    const once = (usage: Partial<Usage>) => sumOf(costOf({ ...typicalUsage, ...usage }).once);
    expect(page).toContain(`23 PUTs are $${(23 * 1000 * prices.s3Put).toFixed(3)}`);
    for (const [goal, variantFiles, seconds] of [
      [0.19, 21, 2.2],
      [0.15, 14, 2],
    ] as const) {
      expect(once({ variantFiles, renderSeconds: seconds })).toBeLessThanOrEqual(goal);
      expect(once({ variantFiles, renderSeconds: seconds + 0.1 })).toBeGreaterThan(goal);
      expect(page).toContain(`$${goal.toFixed(2)} up to ${seconds} seconds`);
    }
  });

  test('says what a reprocess by difference costs, by the arithmetic of the cost and the share that was measured', () => {
    const [, encoded, copied, share] =
      /\| another score of AVIF \| (\d+) +\| (\d+) +\|.*\| (\d+) %/.exec(performancePage) ?? [];
    expect(Number(encoded) + Number(copied)).toBe(typicalUsage.variantFiles);
    const { puts, wholeRenders, renders, manifests } = differenceCost(typicalUsage, Number(share) / 100);
    const dollars = (value: number, digits = 3) => `$${value.toFixed(digits)}`;
    expect(page.replace(/\s+/g, ' ')).toContain(
      `${encoded} files are encoded and ${copied} copied: 22 PUTs and copies are ${dollars(puts)} as before, and the renders are ${dollars(renders)} instead of ${dollars(wholeRenders)}, by the ${share} % of CPU`,
    );
    expect(page).toContain(`one manifest more (${dollars(manifests, 4)} for 1,000)`);
  });

  test('says of every price what it is and where it was found', () => {
    const section = page.split('## What it costs\n')[1]?.split('\n## ')[0] ?? '';
    const rows = [...section.matchAll(/^\| `(\w+)` \| \$([\d.]+)(?: for ([\d,]+))? \| (.+) \|$/gm)];
    const told = Object.fromEntries(
      rows.map(([, name = '', dollars, times = '1']) => [name, Number(dollars) / Number(times.replaceAll(',', ''))]),
    );
    expect(Object.keys(told)).toEqual(Object.keys(prices));
    for (const [name, price] of Object.entries(prices)) expect(told[name]).toBeCloseTo(price, 14);
    for (const [, , , , found = ''] of rows) expect(found).toMatch(/20\d\d/);
  });

  test('lists the quotas that the deploy checks, with what the target needs', () => {
    const number = (value: number) => value.toLocaleString('en');
    const rows = quotas.map(
      (quota) => `| ${quota.name} | \`${quota.code}\` | ${number(quota.usual)} | ${number(wantedOf(quota))} |`,
    );
    expect(page).toContain(rows.join('\n'));
    expect(page).toContain(
      `${number(target.uploadsPerSecond)} uploads a second and ${target.images / 1e6} million images`,
    );
  });

  test('says how long a round of audits takes in the largest store, and what it costs: less than a week, with room', () => {
    const partImages = target.images / auditParts.length;
    const lists = (partImages * (typicalUsage.variantFiles + 2)) / 1000;
    const partMs = lists * 100 + (partImages / auditLookups) * 10;
    const made = synthesised();
    const chores = only(made, 'AWS::Lambda::Function', 'Chores');
    expect(only(made, 'AWS::Events::Rule', 'Clockaudit').ScheduleExpression).toBe('rate(15 minutes)');
    const days = (slower: number) => {
      const ms = partMs * slower;
      const batches = Math.ceil(auditMs / ms);
      expect(batches * ms).toBeLessThan(chores.Timeout * 1000);
      return auditParts.length / (batches * auditsAtOnce) / (4 * 24);
    };
    const calls = auditParts.length * (lists * prices.s3Put + partImages * auditReadUnits * prices.tableRead);
    const seconds = ((auditParts.length / auditsAtOnce) * partMs) / 1000;
    const dollars = calls + seconds * (chores.MemorySize / 1024) * prices.lambdaGibSecond;
    expect(days(2)).toBeLessThan(7);
    expect(page).toContain(`takes ${days(1).toFixed(1)} days and costs $${Math.round(dollars)}`);
    expect(page).toContain(`twice as slow, ${days(2).toFixed(1)} days`);
  });

  test('counts the metrics under alarm as they are billed', () => {
    expect(alarmMetrics(synthesised())).toHaveLength(33);
    expect(page).toContain('thirty-three metrics under alarm');
  });

  test('says what the stack costs without traffic: the sum of its own items, by the counts of the template', () => {
    const text = section('In addition, with or without uploads:', 'Traffic adds');
    const dollars = (after: RegExp) => Number(new RegExp(`${after.source}.*?\\$(\\d+\\.\\d+)`).exec(text)?.[1]);
    const made = synthesised();
    const secrets = resources(made, 'AWS::SecretsManager::Secret');
    // A stream has a position where its reading starts, a queue has none.
    const queues = resources(made, 'AWS::Lambda::EventSourceMapping').filter(
      ({ Properties }) => Properties.StartingPosition === undefined,
    );
    const pollers = queues.reduce((sum, { Properties }) => sum + (Properties.ScalingConfig ? 5 : 2), 0);
    const polls = pollers * ((30 * 24 * 3600) / 20);
    expect([secrets, queues].map(({ length }) => length)).toEqual([2, 3]);
    expect(text).toContain(
      `about ${(polls / 1e6).toFixed(1)} million calls of SQS, $${(polls * prices.sqsCall).toFixed(2)}`,
    );
    const items = [
      secrets.length * dollars(/two secrets/),
      alarmMetrics(made).length * dollars(/metrics under alarm/),
      6 * dollars(/the clock’s six metrics/),
      Number((polls * prices.sqsCall).toFixed(2)),
      0.5,
    ];
    expect(text).toContain('the clock (less than half a dollar');
    const sum = items.reduce((all, item) => all + item, 0);
    expect(text).toContain(`$${sum.toFixed(2)} together at most`);
    expect(sum).toBeLessThan(7);
    expect(sum).toBeGreaterThan(6);
    expect(page).toContain('the storage and less than seven dollars a month.');
  });

  test('says how long a job over the largest store takes, by the renders and the calls that are counted', () => {
    const perSecond = rendersAtOnce / typicalUsage.renderSeconds;
    const text = section('**Large jobs.**', '**Sweeps**');
    expect(text).toContain(`${perSecond.toLocaleString('en')} a second at ${typicalUsage.renderSeconds} seconds each`);
    const minutes = Math.round(1e6 / perSecond / 60);
    const hours = Math.round(target.images / perSecond / 3600);
    expect(text).toContain(`A million originals then take ${minutes} minutes, and 100 million ${hours} hours`);
    expect(callsOfCounting.ofList + callsOfCounting.others).toBe(6);
    const counting = hoursOfCounting(target.images).toFixed(1);
    expect(text).toContain(`after ${counting} hours for counting them (200 images in six calls and a rest)`);
  });

  test('says how many hours a copy of the largest table takes, by waiting, by one processor and by eight', () => {
    const { byWaiting, byProcessor } = hoursOfCopy(target.images);
    const serial = hoursOfCopy(target.images, { segments: 1, writesOfSegment: 1 });
    const text = section('The command copies', 'None of this has been tried on AWS.');
    const { segments, writesOfSegment } = tableCopy;
    expect(segments).toBe(10);
    expect(text).toContain(
      `ten segments of the table beside each other and has up to ${segments * writesOfSegment} calls`,
    );
    expect(text).toContain(`${target.images / 1e6} million items take ${byWaiting.toFixed(1)} hours of waiting`);
    expect(text).toContain(`one after the other they would take ${(serial.byWaiting / 24).toFixed(1)} days`);
    expect(text).toContain(`so one run takes ${Math.round(byProcessor)} hours`);
    expect(text).toContain(
      `eight parts on eight processors take ${(Math.max(byWaiting, byProcessor) / 8).toFixed(1)} hours`,
    );
  });

  test('says how many unused tickets one sweep ends, by waiting and by its processor', () => {
    const { byWaiting, byProcessor } = ratesOfSweep();
    const text = section('**Sweeps**', '**Deletions at the CDN.**');
    expect(text).toContain(`Waiting allows each of them ${byWaiting.toLocaleString('en')} tickets a second`);
    expect(text).toContain(`has ${(choresMemoryMib / 1769).toFixed(2)} of a processor`);
    expect(text).toContain(`: ${Math.floor(byProcessor / 10) * 10} a second in each`);
  });

  test('warms each index for the target that one partition could not serve, and the table', () => {
    const number = (value: number) => value.toLocaleString('en');
    const rows = [...page.matchAll(/^\| `(\w+)`(?:, if [^|]+)? \| ([\d,]+) \| ([\d,]+|–) \|$/gm)].map(
      ([, ...cells]) => cells,
    );
    const expected = Object.entries(indexWrites).map(([name, writes]) => {
      const warm = warmthOf(writes);
      return [name, number(writes * target.uploadsPerSecond), warm ? number(warm.WriteUnitsPerSecond) : '–'];
    });
    expect(rows).toEqual(expected);
    const [, table, indexes = '[]'] =
      /--warm-throughput (\S+) \\\n +--global-secondary-index-updates '([^']+)'/.exec(page) ?? [];
    const [, tableWrites] = quotas.map(wantedOf);
    expect(table).toBe(`ReadUnitsPerSecond=12000,WriteUnitsPerSecond=${tableWrites}`);
    expect(JSON.parse(indexes)).toEqual(
      Object.entries(indexWrites).flatMap(([IndexName, writes]) => {
        const WarmThroughput = warmthOf(writes);
        return WarmThroughput ? { Update: { IndexName, WarmThroughput } } : [];
      }),
    );
  });

  test('names every setting, and no other', () => {
    expect(rowsAfter('Settings')).toEqual(Object.keys(deploySettings.shape));
  });

  test('says of every alarm what to look at, and of no other', () => {
    const alarms = Object.keys(synthesised().template.findResources('AWS::CloudWatch::Alarm'));
    const named = rowsAfter('Watching it', '**A drill**');
    expect(named).toHaveLength(alarms.length);
    for (const name of named) expect(alarms.some((id) => id.includes(`Monitoring${name}`))).toBe(true);
  });

  test('names the variables and the environment of the workflow that deploys', () => {
    const workflow = readFileSync(new URL('../../.github/workflows/deploy.yml', import.meta.url), 'utf8');
    const variables = [...workflow.matchAll(/vars\.(\w+)/g)].flatMap(([, name]) => name ?? []);
    expect([...new Set(variables)].sort()).toEqual(['AWS_DEPLOY_ROLE', 'AWS_DIFF_ROLE', 'AWS_REGION']);
    for (const name of variables) expect(page).toContain(`\`${name}\``);
    const [, environment] = /^ {4}environment: (\w+)$/m.exec(workflow) ?? [];
    expect(page).toContain(`"repo:<owner>/<repository>:environment:${environment}"`);
  });

  test('shows a pull request the diff of what the deploy would do, and its role may read what the choice needs', () => {
    const folder = new URL('../../.github/workflows/', import.meta.url);
    const runs = readdirSync(folder).flatMap((name) => readFileSync(new URL(name, folder), 'utf8').split('\n'));
    expect(runs.filter((line) => /\bcdk\s+diff\b/.test(line))).toEqual([]);
    expect(runs).toContainEqual(expect.stringMatching(/run: npm run deploy -- --diff$/));
    const [, diffRole = ''] = /The role of the diff needs([\s\S]*?)\n4\. /.exec(page) ?? [];
    const [, deployRole = ''] = /The role of the deploy may([\s\S]*?)The role of the diff/.exec(page) ?? [];
    for (const role of [deployRole, diffRole])
      for (const right of choiceReads) expect(role).toMatch(new RegExp(`[\`"]${right}[\`"]`));
  });

  test('takes what the first hour needs from outputs, alarms and logs that the stack has', () => {
    const { Outputs, Resources } = synthesised().template.toJSON();
    const hour = page.split('### The first hour on AWS\n')[1]?.split('\n### ')[0] ?? '';
    const outputs = [...hour.matchAll(/\$\(output (\w+)\)/g)].flatMap(([, name]) => name ?? []);
    expect(outputs).toEqual(expect.arrayContaining(['ApiUrl', 'SiteUrl', 'QueueUrl']));
    expect(Object.keys(Outputs)).toEqual(expect.arrayContaining(outputs));
    const resources = Object.keys(Resources);
    const prefixes = [...hour.matchAll(/--alarm-name-prefix Darkroom-(\w+)|LogicalResourceId,'(\w+)'/g)];
    expect(prefixes.length).toBeGreaterThan(3);
    for (const [, alarm, log] of prefixes)
      expect(resources.some((id) => id.startsWith(alarm ?? log ?? ' '))).toBe(true);
    expect(resources.filter((id) => id.startsWith('ImagesMonitoringClock'))).toHaveLength(4);
    expect(resources.filter((id) => id.startsWith('ImagesRenderLog'))).toHaveLength(1);
  });

  test('deletes in the first hour a picture that the CDN has been seen to have', () => {
    const steps = (page.split('### The first hour on AWS\n')[1]?.split('\n### ')[0] ?? '').split('\n- [ ] ');
    const fileOf = (part: string) => /\$SITE\S+\.avif/.exec(steps.find((step) => step.includes(part)) ?? '')?.[0];
    expect(fileOf('x-cache: Hit')).toBe('$SITE/images/$ID/v1/640w.avif');
    expect(fileOf('curl -X DELETE')).toBe(fileOf('x-cache: Hit'));
    expect(fileOf('**A drawing.**')).not.toBe(fileOf('x-cache: Hit'));
  });

  test('names files that exist', () => {
    for (const [, path] of page.matchAll(/`((?:lib|test|docs|bin)\/[\w./-]+)`/g))
      expect(() => readFileSync(new URL(`../../${path}`, import.meta.url))).not.toThrow();
  });
});
