import { describe, expect, test } from '@jest/globals';
import { tasksIn } from '../../lib/handlers/tasks-in.ts';

const id = 'k2v7qmc4xw5tz3ehpj6ranl2yq';
const logged: string[] = [];
const log = { info: () => undefined, warn: (message: string) => void logged.push(message), error: () => undefined };
const tasksOf = (message: unknown) => {
  logged.length = 0;
  return tasksIn(typeof message === 'string' ? message : JSON.stringify(message), log);
};

/** A record of a notification as S3's documentation shows it (event version 2.1), with another key or event. */
const record = (key: string, eventName = 'ObjectCreated:Put') => ({
  eventVersion: '2.1',
  eventSource: 'aws:s3',
  awsRegion: 'us-west-2',
  eventTime: '1970-01-01T00:00:00.000Z',
  eventName,
  userIdentity: { principalId: 'AIDAJDPLRKLG7UEXAMPLE' },
  requestParameters: { sourceIPAddress: '127.0.0.1' },
  responseElements: {
    'x-amz-request-id': 'C3D13FE58DE4C810',
    'x-amz-id-2': 'FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG4V5Wp6S7S/JRWeUWerMUE5JgHvANOjpD',
  },
  s3: {
    s3SchemaVersion: '1.0',
    configurationId: 'testConfigRule',
    bucket: { name: 'originals', ownerIdentity: { principalId: 'A3NL1KOZZKExample' }, arn: 'arn:aws:s3:::originals' },
    object: {
      key,
      size: 1024,
      eTag: 'd41d8cd98f00b204e9800998ecf8427e',
      versionId: '096fKKXTRTtl3on89fVO.nfljtsv6qko',
      sequencer: '0055AED6DCD90281E5',
    },
  },
});

describe('A message of the queue', () => {
  test.each([
    ['a plain key', `originals/${id}/v1`],
    ['an encoded slash', `originals%2F${id}%2Fv1`],
    ['an encoded letter', `originals/%6B2v7qmc4xw5tz3ehpj6ranl2yq/v1`],
  ])('from S3 with %s is a render', (_what, key) => {
    expect(tasksOf({ Records: [record(key)] })).toEqual([{ render: { id, version: 1 } }]);
    expect(logged).toEqual([]);
  });

  test.each(['ObjectCreated:Put', 'ObjectCreated:Post', 'ObjectCreated:Copy', 'ObjectCreated:CompleteMultipartUpload'])(
    'from S3 about %s is a render',
    (eventName) => {
      expect(tasksOf({ Records: [record(`originals/${id}/v2`, eventName)] })).toEqual([{ render: { id, version: 2 } }]);
    },
  );

  test('from S3 with several records has a task for each original', () => {
    const Records = [record(`originals/${id}/v1`), record('elsewhere/file+name.jpg'), record(`originals/${id}/v2`)];
    expect(tasksOf({ Records })).toEqual([{ render: { id, version: 1 } }, { render: { id, version: 2 } }]);
    expect(logged).toEqual(['an object that is no original was ignored']);
  });

  test('from S3 about a removed object has no task', () => {
    expect(tasksOf({ Records: [record(`originals/${id}/v1`, 'ObjectRemoved:Delete')] })).toEqual([]);
  });

  test('with which S3 tries out a notification has no task and is no trouble', () => {
    const hello = {
      Service: 'Amazon S3',
      Event: 's3:TestEvent',
      Time: '2014-10-13T15:57:02.089Z',
      Bucket: 'originals',
      RequestId: '5582815E1AEA5ADF',
      HostId: '8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR+YstdA6Knx4Ip8EXAMPLE',
    };
    expect(tasksOf(hello)).toEqual([]);
    expect(logged).toEqual([]);
  });

  test.each([
    { render: { id, version: 3 } },
    { repair: { id, version: 3 } },
    { sample: { job: id, id, preset: 'web' } },
    { sample: { job: id, id, preset: null } },
  ])('of our own is its task: %j', (task) => {
    expect(tasksOf(task)).toEqual([task]);
  });

  test.each([
    ['no JSON', '{'],
    ['nothing', ''],
    ['another shape', { hello: 'world' }],
    ['an id that is none', { render: { id: '../..', version: 1 } }],
    ['a field too many', { render: { id, version: 1 }, shell: 'rm' }],
    ['a key that cannot be decoded', { Records: [record('originals/%E0%A4%A')] }],
  ])('of %s is dropped and logged', (_what, message) => {
    expect(tasksOf(message)).toEqual([]);
    expect(logged).toEqual(['an unknown message was dropped']);
  });
});
