import type { Operation } from './document.ts';

/** One call of the API, as the page shows it. */
export type ApiCall = { readonly path: string; readonly method: string; readonly operation: Operation };

/** The same request in three languages, with what each of them brings along. All take their values from the environment. */
export const codeSamples = (call: ApiCall): Readonly<Record<'curl' | 'JavaScript' | 'Python', string>> => ({
  curl: curl(call),
  JavaScript: javaScript(call),
  Python: python(call),
});

/** The body that a reader may begin with; undefined where a call takes none. */
export const exampleBody = ({ operation }: ApiCall): unknown =>
  operation.requestBody?.content['application/json']?.example;

/** What comes back: JSON, a text, or the way to another address. */
export const answerKind = ({ operation }: ApiCall): 'json' | 'text' | 'redirect' => {
  const [, answer] = Object.entries(operation.responses).find(([status]) => status.startsWith('2')) ?? [];
  if (answer === undefined || '$ref' in answer) return 'redirect';
  return answer.content?.['application/json'] ? 'json' : 'text';
};

/** The variable of what the call needs to be let in, if it needs anything. */
const bearerOf = ({ operation: { security } }: ApiCall): string | undefined => {
  if (security === undefined) return 'API_KEY';
  return security.length > 0 ? 'WATCH_TOKEN' : undefined;
};

/** `/v1/images/{id}` with each name in capitals, written as the language writes a variable. */
const pathWith = ({ path }: ApiCall, variable: (name: string) => string): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => variable(name.toUpperCase()));

const variablesOf = (call: ApiCall): readonly string[] => [
  'API_URL',
  ...[bearerOf(call) ?? []].flat(),
  ...[...call.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name.toUpperCase()),
];

const curl = (call: ApiCall): string => {
  const body = exampleBody(call);
  const bearer = bearerOf(call);
  const method = answerKind(call) === 'redirect' ? ' -I' : call.method === 'GET' ? '' : ` -X ${call.method}`;
  return [
    `curl${method} "$API_URL${pathWith(call, (name) => `$${name}`)}"`,
    ...(bearer ? [`-H "authorization: Bearer $${bearer}"`] : []),
    ...(body === undefined ? [] : ["-H 'content-type: application/json'", `-d '${indented(body)}'`]),
  ].join(' \\\n  ');
};

const javaScript = (call: ApiCall): string => {
  const body = exampleBody(call);
  const bearer = bearerOf(call);
  const headers = [
    ...(bearer ? [`authorization: \`Bearer \${${bearer}}\``] : []),
    ...(body === undefined ? [] : ["'content-type': 'application/json'"]),
  ];
  const options = [
    ...(call.method === 'GET' ? [] : [`method: '${call.method}'`]),
    ...(headers.length > 0 ? [`headers: { ${headers.join(', ')} }`] : []),
    ...(body === undefined ? [] : [`body: JSON.stringify(${indented(body).replaceAll('\n', '\n  ')})`]),
  ];
  const more = options.length > 0 ? `, {\n${options.map((option) => `  ${option},\n`).join('')}}` : '';
  const shown = { json: 'await answer.json()', text: 'await answer.text()', redirect: 'answer.url' };
  return `import { env } from 'node:process';

const { ${variablesOf(call).join(', ')} } = env;
const answer = await fetch(\`\${API_URL}${pathWith(call, (name) => `\${${name}}`)}\`${more});
if (!answer.ok) throw new Error(await answer.text());
console.log(${shown[answerKind(call)]});`;
};

const python = (call: ApiCall): string => {
  const body = exampleBody(call);
  const bearer = bearerOf(call);
  const kind = answerKind(call);
  const headers = [
    ...(bearer ? [`"authorization": f"Bearer {environ['${bearer}']}"`] : []),
    ...(body === undefined ? [] : ['"content-type": "application/json"']),
  ];
  const shown = { json: 'json.load(answer)', text: 'answer.read().decode()', redirect: 'answer.url' };
  const lines = [
    `f"{environ['API_URL']}${pathWith(call, (name) => `{environ['${name}']}`)}"`,
    ...(call.method === 'GET' ? [] : [`method="${call.method}"`]),
    ...(headers.length > 0 ? [`headers={${headers.join(', ')}}`] : []),
    ...(body === undefined ? [] : [`data=json.dumps(${pythonValue(body).replaceAll('\n', '\n    ')}).encode()`]),
  ];
  return `${body !== undefined || kind === 'json' ? 'import json\n' : ''}from os import environ
from urllib.request import Request, urlopen

request = Request(
${lines.map((line) => `    ${line},\n`).join('')})
with urlopen(request) as answer:
    print(${shown[kind]})`;
};

const indented = (value: unknown): string => JSON.stringify(value, null, 2);

const pythonValue = (value: unknown): string => {
  const names: Readonly<Record<string, string>> = { true: 'True', false: 'False', null: 'None' };
  return indented(value).replace(/^(\s*(?:"[^"]*": )?)(true|false|null)(,?)$/gm, (_, before, name, after) => {
    return `${before}${names[name]}${after}`;
  });
};
