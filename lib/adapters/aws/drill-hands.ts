import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  type Dimension,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import {
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
} from '@aws-sdk/client-eventbridge';
import {
  GetEventSourceMappingCommand,
  InvokeCommand,
  LambdaClient,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { DrillHands } from './drills.ts';
import { metrics } from './metrics.ts';
import type { Whereabouts } from './whereabouts.ts';

type Client = Whereabouts & {
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
};

/** What a drill does in an account, to the resources of one stack. */
export const drillHands = async (where: Client, StackName: string): Promise<DrillHands> => {
  const [watch, lambda] = [new CloudWatchClient(where), new LambdaClient(where)];
  const [rules, sqs] = [new EventBridgeClient(where), new SQSClient(where)];
  const resources = new Map<string, string>();
  for await (const { StackResourceSummaries = [] } of paginateListStackResources(
    { client: new CloudFormationClient(where) },
    { StackName },
  ))
    for (const { LogicalResourceId = '', PhysicalResourceId = '' } of StackResourceSummaries)
      resources.set(LogicalResourceId, PhysicalResourceId);

  /** What was on before a drill stopped it, and only that, is started again. */
  const stopped = new Set<string>();

  const find = (name: string): string | undefined =>
    [...resources].find(([logical]) => logical.replace(/[0-9A-F]{8}$/, '') === name)?.[1];
  const physical = (name: string): string => {
    const found = find(name);
    if (found === undefined) throw new Error(`The stack ${StackName} has no resource ${name}.`);
    return found;
  };
  const alarmNamed = async (name: string) => {
    const AlarmNames = [physical(alarmId(name))];
    const { MetricAlarms: [alarm] = [] } = await watch.send(new DescribeAlarmsCommand({ AlarmNames }));
    if (!alarm) throw new Error(`CloudWatch has no alarm ${AlarmNames}.`);
    return alarm;
  };

  return {
    has: (alarm) => find(alarmId(alarm)) !== undefined,
    isOn: async (alarm) => (await alarmNamed(alarm)).StateValue === 'ALARM',
    threshold: async (alarm) => (await alarmNamed(alarm)).Threshold ?? 0,
    signal: async (alarm) => {
      const AlarmName = physical(alarmId(alarm));
      await watch.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'drill' }));
    },
    count: async (MetricName, value, times = 1) => {
      const { Dimensions = [] } = await alarmNamed('OldestVersion');
      const figure = { MetricName, Dimensions: Dimensions as Dimension[], Values: [value], Counts: [times] };
      await watch.send(new PutMetricDataCommand({ Namespace: metrics.namespace, MetricData: [figure] }));
    },
    call: async (name, payload) => {
      await lambda.send(new InvokeCommand({ FunctionName: physical(name), Payload: JSON.stringify(payload) }));
    },
    stopReading: async (name) => {
      const UUID = physical(name);
      const { State } = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
      if (State !== 'Enabled') throw new Error(`${name} is ${State}, and not for a drill.`);
      stopped.add(name);
      await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
      // Lambda goes on reading for a while, and takes no other order meanwhile.
      await untilState(async () => (await lambda.send(new GetEventSourceMappingCommand({ UUID }))).State, 'Disabled');
    },
    stopRule: async (name) => {
      const Name = physical(name);
      const { State } = await rules.send(new DescribeRuleCommand({ Name }));
      if (State !== 'ENABLED') throw new Error(`${name} is ${State}, and not for a drill.`);
      stopped.add(name);
      await rules.send(new DisableRuleCommand({ Name }));
    },
    readAgain: async (name) => {
      if (!stopped.has(name)) return;
      await lambda.send(new UpdateEventSourceMappingCommand({ UUID: physical(name), Enabled: true }));
    },
    startRule: async (name) => {
      if (stopped.has(name)) await rules.send(new EnableRuleCommand({ Name: physical(name) }));
    },
    send: async (name, count) => {
      const QueueUrl = physical(name);
      for (let left = count; left > 0; left -= 10) {
        const Entries = Array.from({ length: Math.min(10, left) }, (_, at) => ({ Id: String(at), MessageBody: mark }));
        const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
        if (Failed.length > 0) throw new Error(`SQS did not take ${Failed.length} messages: ${Failed[0]?.Message}`);
      }
    },
  };
};

const untilState = async (look: () => Promise<string | undefined>, wanted: string): Promise<void> => {
  for (let looks = 0; looks < 90; looks++) {
    if ((await look()) === wanted) return;
    await sleep(2000);
  }
  throw new Error(`It is not ${wanted} after three minutes.`);
};

/** A message that the functions know as none of theirs, and drop. */
const mark = JSON.stringify({ drill: true });

const alarmId = (alarm: string): string => `ImagesMonitoring${alarm}`;
