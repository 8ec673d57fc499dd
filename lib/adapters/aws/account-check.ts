import { CloudFormationClient, DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { accountLimit } from './account-limit.ts';
import { isBootstrapped } from './bootstrap.ts';
import { cdnTagsPerSecond, forgottenPerDay, type Quota, quotas, target, uploadsWithin, wantedOf } from './ceilings.ts';
import { concurrencyFor, leastUnreserved, reservable } from './concurrency.ts';
import { prices } from './cost.ts';
import { isNamed } from './is-named.ts';
import { quotaValue } from './quota-value.ts';
import { storesNamedAfter } from './stores-named-after.ts';
import { isOutOfReach, type Whereabouts } from './whereabouts.ts';

/** One thing that a deploy depends on. */
export type Finding = {
  readonly what: string;
  /** `stops`: a deploy would fail. `limits`: it would not, but Darkroom could do less than it is made for. `unknown`: AWS does not say. */
  readonly verdict: 'ok' | 'note' | 'limits' | 'unknown' | 'stops';
  readonly found: string;
  readonly wanted: string;
  readonly todo?: string;
};

export type CheckedSettings = {
  readonly stackName: string;
  readonly maxConcurrentRenders?: number;
  readonly reservedConcurrency?: number;
};

/** Reads from an account what a deploy needs and what limits it. Changes nothing. */
export const checkAccount = async (where: Whereabouts, settings: CheckedSettings): Promise<readonly Finding[]> => {
  const identity = await lookAtIdentity(where);
  if (identity.verdict === 'stops') return [identity];
  const stack = await readable(() => findStack(where, settings.stackName));
  return [
    identity,
    await lookAtBootstrap(where),
    judgeStack(settings.stackName, stack),
    await lookAtConcurrency(where, settings, stack),
    ...(await Promise.all(quotas.map((quota) => lookAtQuota(where, quota)))),
    cdnLimit(),
    await lookForStores(where, settings.stackName, stack),
  ];
};

/** What reading something gave; `trouble` if AWS does not let this caller read it, or does not answer. */
type Read<T> = { readonly value: T } | { readonly trouble: string };

const readable = async <T>(read: () => Promise<T>): Promise<Read<T>> => {
  try {
    return { value: await read() };
  } catch (error) {
    return { trouble: isOutOfReach(error) ? 'this caller may not read it' : String(error) };
  }
};

const unknown = (what: string, wanted: string, trouble: string): Finding => ({
  what,
  verdict: 'unknown',
  found: trouble,
  wanted,
});

const lookAtIdentity = async (where: Whereabouts): Promise<Finding> => {
  const what = 'account and region';
  const wanted = 'credentials and a region';
  try {
    const client = new STSClient(where);
    const region = await client.config.region();
    const { Account, Arn } = await client.send(new GetCallerIdentityCommand({}));
    return { what, verdict: 'ok', found: `${Account} in ${region}, as ${Arn}`, wanted };
  } catch (error) {
    const todo =
      'See that aws sts get-caller-identity answers, and name the region by AWS_REGION or --region. This check cannot ask for the code of an MFA device: give it credentials that have passed it.';
    return { what, verdict: 'stops', found: String(error), wanted, todo };
  }
};

const lookAtBootstrap = async (where: Whereabouts): Promise<Finding> => {
  const what = 'cdk bootstrap';
  const wanted = 'done in this account and region';
  const read = await readable(() => isBootstrapped(where));
  if ('trouble' in read) return unknown(what, wanted, read.trouble);
  if (read.value === undefined) return unknown(what, wanted, 'this caller may not read it');
  if (read.value) return { what, verdict: 'ok', found: 'done', wanted };
  const todo = 'Let an administrator run the first deploy, which bootstraps.';
  return { what, verdict: 'note', found: 'not done', wanted, todo };
};

/** Undefined if there is no such stack. */
const findStack = async (where: Whereabouts, StackName: string): Promise<Stack | undefined> => {
  try {
    const { Stacks = [] } = await new CloudFormationClient(where).send(new DescribeStacksCommand({ StackName }));
    return Stacks[0];
  } catch (error) {
    if (isNamed(error, 'ValidationError')) return undefined;
    throw error;
  }
};

/** A first deploy that failed: the CDK deletes such a stack and makes a new one. */
const neverStood = ['ROLLBACK_COMPLETE', 'ROLLBACK_FAILED'];

const judgeStack = (name: string, read: Read<Stack | undefined>): Finding => {
  const what = `stack ${name}`;
  const wanted = 'none, or one that is complete';
  if ('trouble' in read) return unknown(what, wanted, read.trouble);
  const { StackStatus: status = '', EnableTerminationProtection: isProtected = false } = read.value ?? {};
  if (!read.value) return { what, verdict: 'ok', found: 'none: this is a first deploy', wanted };
  const stops = (todo: string): Finding => ({ what, verdict: 'stops', found: status, wanted, todo });
  if (neverStood.includes(status) && isProtected)
    return stops(
      `aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name ${name}`,
    );
  if (status === 'UPDATE_ROLLBACK_FAILED')
    return stops(`aws cloudformation continue-update-rollback --stack-name ${name}`);
  if (status === 'DELETE_FAILED') return stops(`aws cloudformation delete-stack --stack-name ${name}`);
  if (status.endsWith('_IN_PROGRESS') && status !== 'REVIEW_IN_PROGRESS') return stops('Wait until it has ended.');
  return { what, verdict: 'ok', found: status, wanted };
};

const lookAtConcurrency = async (
  where: Whereabouts,
  given: CheckedSettings,
  stack: Read<Stack | undefined>,
): Promise<Finding> => {
  const what = 'functions at once';
  const limit = await accountLimit(where, given.stackName);
  const { maxConcurrentRenders, reservedConcurrency = 0 } = { ...concurrencyFor(limit), ...given };
  const reserved = 2 * reservedConcurrency;
  const wanted =
    reserved === 0
      ? `more than ${maxConcurrentRenders} (maxConcurrentRenders)`
      : `${reserved} to reserve (twice reservedConcurrency), and ${leastUnreserved} that are not reserved`;
  if (!limit) return unknown(what, wanted, 'this caller may not read it (lambda:GetAccountSettings)');
  const ours = limit.ours ? `, and ${limit.ours} are reserved by this stack` : '';
  const found = `${limit.functions}, of which ${limit.unreserved} are not reserved${ours}`;
  const enough = Math.max(1000, Math.ceil(1.5 * maxConcurrentRenders) + reserved);
  const isFirst = 'value' in stack && stack.value === undefined;
  const isKnown = isFirst || limit.ours !== undefined;
  if (isKnown && reserved > 0 && reserved > reservable(limit))
    return {
      what,
      verdict: 'stops',
      found,
      wanted,
      todo: `Leave out reservedConcurrency, or ${raise(lambda, enough)}`,
    };
  if (limit.functions <= maxConcurrentRenders)
    return { what, verdict: 'limits', found, wanted, todo: `Lower maxConcurrentRenders, or ${raise(lambda, enough)}` };
  return { what, verdict: 'ok', found, wanted };
};

const [lambda] = quotas;

const raise = ({ service, code }: Quota, value: number): string =>
  `aws service-quotas request-service-quota-increase --service-code ${service} --quota-code ${code} --desired-value ${value}`;

const lookAtQuota = async (where: Whereabouts, quota: Quota): Promise<Finding> => {
  const what = quota.name;
  const needed = wantedOf(quota);
  const wanted = `${number(needed)} for ${number(target.uploadsPerSecond)} uploads a second`;
  const read = await readable(() => quotaValue(where, quota));
  if ('trouble' in read) return unknown(what, wanted, read.trouble);
  if (read.value === undefined) return unknown(what, wanted, 'Service Quotas does not know it');
  const found = `${number(read.value)}, enough for ${number(uploadsWithin(read.value, quota))} uploads a second`;
  if (read.value >= needed) return { what, verdict: 'ok', found, wanted };
  return { what, verdict: 'limits', found, wanted, todo: `If you need more: ${raise(quota, needed)}` };
};

/** The same in every account: AWS neither changes it nor lets it be read. */
const cdnLimit = (): Finding => ({
  what: 'CloudFront: deletions',
  verdict: 'ok',
  found: `${cdnTagsPerSecond} tags a second, enough for about ${number(roundedDown(forgottenPerDay()))} deletions a day`,
  wanted: `what lies beyond waits; 1,000 deletions cost $${1000 * prices.cdnForget}, after the first 1,000 of a month`,
});

const roundedDown = (value: number): number => Math.floor(value / 100_000) * 100_000;

/** Stores of a stack of this name that is gone: a new stack does not use them. */
const lookForStores = async (where: Whereabouts, name: string, stack: Read<Stack | undefined>): Promise<Finding> => {
  const what = 'stores of an earlier stack';
  const wanted = 'none';
  if ('trouble' in stack) return unknown(what, wanted, stack.trouble);
  const inUse = new Set(stack.value?.Outputs?.map(({ OutputValue }) => OutputValue));
  const read = await readable(() => storesNamedAfter(where, name));
  if ('trouble' in read) return unknown(what, wanted, read.trouble);
  const left = read.value.filter((store) => !inUse.has(store));
  if (left.length === 0) return { what, verdict: 'ok', found: 'none', wanted };
  const todo =
    'A deploy makes or keeps stores of its own. To use the pictures of the old ones see "Restoring" in docs/aws.md; what is not needed can be deleted.';
  return { what, verdict: 'note', found: left.join(', '), wanted, todo };
};

const number = (value: number): string => value.toLocaleString('en');
