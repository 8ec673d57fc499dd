import { request } from 'node:http';
import type { Statement } from './iam.ts';

/** What only a test wants to know, asked of the emulator in the protocols of AWS. */

export type DeployedFunction = { readonly FunctionName: string; readonly Role: string; readonly Description?: string };

export const functionsAt = async (url: string): Promise<readonly DeployedFunction[]> => {
  const answer = await fetch(`${url}/2015-03-31/functions`, { headers: signedFor('lambda') });
  return ((await answer.json()) as { Functions: DeployedFunction[] }).Functions;
};

export const invoke = async (url: string, name: string, event: unknown): Promise<unknown> => {
  const answer = await fetch(`${url}/2015-03-31/functions/${name}/invocations`, {
    method: 'POST',
    headers: signedFor('lambda'),
    body: JSON.stringify(event),
  });
  const text = await answer.text();
  if (answer.headers.has('x-amz-function-error')) throw new Error(text);
  return text === '' ? undefined : JSON.parse(text);
};

/** Every statement of every policy of a role, as CloudFormation has put it in place. */
export const statementsOf = async (url: string, roleArn: string): Promise<readonly Statement[]> => {
  const RoleName = roleArn.split('/').at(-1) ?? '';
  const attached = await iam(url, { Action: 'ListAttachedRolePolicies', RoleName });
  if (attached.includes('<PolicyArn>')) throw new Error(`${RoleName} has a managed policy: ${attached}`);
  const names = [...(await iam(url, { Action: 'ListRolePolicies', RoleName })).matchAll(/<member>([^<]+)<\/member>/g)];
  const policies = await Promise.all(
    names.map(async ([, PolicyName = '']) => {
      const answer = await iam(url, { Action: 'GetRolePolicy', RoleName, PolicyName });
      const [, document = ''] = /<PolicyDocument>([\s\S]*)<\/PolicyDocument>/.exec(answer) ?? [];
      return JSON.parse(decodeDocument(document)) as { Statement: Statement[] };
    }),
  );
  return policies.flatMap((policy) => policy.Statement);
};

const decodeDocument = (text: string): string =>
  text.includes('%7B') ? decodeURIComponent(text) : text.replaceAll('&quot;', '"').replaceAll('&amp;', '&');

const iam = async (url: string, parameters: Record<string, string>): Promise<string> => {
  const body = new URLSearchParams({ ...parameters, Version: '2010-05-08' });
  return (await fetch(url, { method: 'POST', headers: signedFor('iam'), body })).text();
};

/** The emulator looks at a signature only to learn which service is meant. */
const signedFor = (service: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
});

export type Seen = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
};

/** A viewer's request to a distribution, which the emulator knows by its host name. */
export const view = (
  url: string,
  domain: string,
  path: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<Seen> =>
  new Promise((resolve, reject) => {
    const asked = request(
      new URL(path, url),
      { method, headers: { ...headers, host: domain, 'x-forwarded-proto': 'https' } },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }),
        );
      },
    );
    asked.on('error', reject).end();
  });
