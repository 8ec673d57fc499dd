import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sfnLaneEngine } from '../../../lib/adapters/aws/sfn-lane-engine.ts';

const machine = 'arn:aws:states:eu-west-1:123456789012:stateMachine:lanes';
let server: Server;
let asked: { readonly target: string | undefined; readonly body: Record<string, string> }[];
let refusal: string | undefined;
beforeEach(async () => {
  asked = [];
  refusal = undefined;
  server = createServer(async (request, response) => {
    const chunks = await Array.fromAsync(request);
    const target = request.headers['x-amz-target'];
    asked.push({ target: String(target), body: JSON.parse(Buffer.concat(chunks).toString()) });
    response.writeHead(refusal ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(refusal ? { __type: refusal } : { executionArn: 'arn', startDate: 1 }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});
afterEach(() => new Promise((closed) => server.close(closed)));

const engine = () =>
  sfnLaneEngine(
    {
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      requestHandler: { httpAgent: { keepAlive: false } },
    },
    machine,
  );

test('A run of lanes is one execution, named after the job and the run, with an item for each lane', async () => {
  expect(await engine().start('job', 2, 7)).toBe('under way');
  const [{ target, body } = { target: '', body: {} }] = asked;
  expect(target).toBe('AWSStepFunctions.StartExecution');
  expect(body).toMatchObject({ stateMachineArn: machine, name: 'job-7' });
  const lanes = [0, 1].map((part) => ({ job: 'job', part }));
  expect(JSON.parse(body.input ?? '')).toEqual({ lanes });
});

test('A run that has ended is not started again, and says so; other trouble rejects', async () => {
  refusal = 'ExecutionAlreadyExists';
  expect(await engine().start('job', 2, 7)).toBe('ended');
  refusal = 'StateMachineDoesNotExist';
  await expect(engine().start('job', 2, 7)).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
});
