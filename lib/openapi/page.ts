import { createHash } from 'node:crypto';
import { type ApiCall, codeSamples } from './code-samples.ts';
import type { OpenApi, Parameter, Reply, Schema, SchemaReference } from './document.ts';
import { code, escaped as text } from './markup.ts';
import { keyField, script, tryIt } from './try-it.ts';
import { sizeInWords } from './units.ts';

/**
 * The document as one page. It is read without a script and loads no other file, because a function that starts cold
 * serves it; a short script in the page tries calls and copies code. The usual viewer is three times the size of the
 * whole function, and less readable for a screen reader. docs/decisions.md#api-page
 */
export const docsPage = (document: OpenApi): { text: string; headers: Record<string, string> } => ({
  text: html(document),
  headers: {
    'content-security-policy': `default-src 'none'; style-src 'sha256-${sha256(style)}'; script-src 'sha256-${sha256(script)}'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  },
});

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64');

const html = (document: OpenApi): string => {
  const { info, tags, components } = document;
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const groups = tags.map(({ name, description }) => ({
    name,
    description,
    calls: operations.filter(({ operation }) => operation.tags.includes(name)),
  }));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(info.title)} ${text(info.version)}: the API</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the calls</a>
<header>
<h1>${text(info.title)} <small>${text(info.version)}</small></h1>
${prose(info.description)}
<p><a href="/v1/openapi.json">This description as OpenAPI 3.1</a>, for tools.</p>
${keyField}
</header>
<nav aria-label="Contents">
${groups.map(({ name, calls }) => `<h2>${text(name)}</h2><ul>${calls.map(entry).join('')}</ul>`).join('\n')}
<h2>Shapes</h2>
<ul>${Object.keys(components.schemas)
    .map((name) => `<li>${schemaLink(name)}</li>`)
    .join('')}</ul>
</nav>
<main id="main">
${groups
  .map(
    ({ name, description, calls }) =>
      `<h2>${text(name)}</h2>${prose(description)}${calls.map((call) => section(document, call)).join('\n')}`,
  )
  .join('\n')}
<h2>Shapes</h2>
${Object.entries(components.schemas).map(shape).join('\n')}
</main>
<script>${script}</script>
</body>
</html>
`;
};

const entry = ({ method, path, operation }: ApiCall): string =>
  `<li><a href="#${operation.operationId}">${badge(method)} ${text(path)}</a></li>`;

const badge = (method: string): string => `<span class="method ${method.toLowerCase()}">${method}</span>`;

const section = (document: OpenApi, call: ApiCall): string => {
  const { method, path, operation } = call;
  const { operationId, summary, description, parameters = [], requestBody, responses } = operation;
  return `<section id="${operationId}" aria-labelledby="${operationId}-title">
<h3 id="${operationId}-title">${text(summary)}</h3>
<p class="line">${badge(method)} <code>${text(path)}</code></p>
${prose(description)}
${parameters.length > 0 ? parametersTable(parameters) : ''}
${bodies('Body', requestBody?.content)}
${Object.entries(codeSamples(call))
  .map(([language, sample]) => `<details><summary>With ${language}</summary>${code(sample)}</details>`)
  .join('\n')}
${tryIt(call)}
<h4>Answers</h4>
<table><thead><tr><th scope="col">Status</th><th scope="col">Means</th></tr></thead><tbody>
${Object.entries(responses)
  .map(
    ([status, reply]) =>
      `<tr><th scope="row">${status}</th><td>${inline(resolve(document, reply).description)}</td></tr>`,
  )
  .join('\n')}
</tbody></table>
${Object.values(responses)
  .map((reply) => ('$ref' in reply ? '' : bodies('Answer', reply.content)))
  .join('')}
</section>`;
};

const resolve = ({ components }: OpenApi, reply: Reply | SchemaReference): Reply => {
  if (!('$ref' in reply)) return reply;
  return components.responses[nameIn(reply.$ref)] ?? { description: '', content: {} };
};

const nameIn = (reference: string): string => reference.slice(reference.lastIndexOf('/') + 1);

const parametersTable = (parameters: readonly Parameter[]): string =>
  `<h4>Parameters</h4><table><thead><tr><th scope="col">Name</th><th scope="col">Where</th><th scope="col">What</th></tr></thead><tbody>
${parameters
  .map(
    ({ name, in: where, required, schema, description }) =>
      `<tr><th scope="row"><code>${text(name)}</code></th><td>${where}${required ? ', required' : ''}</td><td>${typeOf(schema)}${inline(description ?? '')}</td></tr>`,
  )
  .join('\n')}
</tbody></table>`;

const bodies = (title: string, content: Reply['content'] = {}): string =>
  Object.entries(content)
    .map(([type, { schema, example }]) => {
      const of = schema.$ref ? `: ${schemaLink(nameIn(schema.$ref))}` : '';
      const shown =
        example === undefined
          ? ''
          : `<details><summary>Example</summary>${code(JSON.stringify(example, null, 2))}</details>`;
      return `<h4>${title}${of} <small>${text(type)}</small></h4>${shown}`;
    })
    .join('');

const shape = ([name, schema]: [string, Schema]): string => {
  const rows = Object.entries(schema.properties ?? {}).map(
    ([field, of]) =>
      `<tr><th scope="row"><code>${text(field)}</code></th><td>${schema.required?.includes(field) ? 'always' : 'may be left out'}</td><td>${typeOf(of, field)}${inline(of.description ?? '')}</td></tr>`,
  );
  const table = `<table><thead><tr><th scope="col">Field</th><th scope="col">There</th><th scope="col">What</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`;
  return `<section id="shape-${text(name)}"><h3>${text(name)}</h3>${prose(schema.description ?? '')}${rows.length > 0 ? table : `<p>${typeOf(schema)}</p>`}</section>`;
};

const schemaLink = (name: string): string => `<a href="#shape-${text(name)}">${text(name)}</a>`;

/** What a value may be, in a few words, with the fields of an object that has no name of its own. */
const typeOf = (schema: Schema, name?: string): string =>
  `<span class="type">${words(schema)}</span> ${limits(schema, name)}${fields(schema)}`;

const words = ({ $ref, type, items, anyOf, enum: values, const: only }: Schema): string => {
  if ($ref) return schemaLink(nameIn($ref));
  if (anyOf) return anyOf.map(words).join(' or ');
  if (values) return values.map((value) => `<code>${text(String(value))}</code>`).join(' ');
  if (only !== undefined) return `<code>${text(String(only))}</code>`;
  if (items) return `list of ${words(items)}`;
  return text([type ?? 'anything'].flat().join(' or '));
};

const limits = ({ minimum, maximum, default: fallback }: Schema, name?: string): string => {
  const known = [
    minimum !== undefined && `from ${minimum}`,
    maximum !== undefined &&
      maximum < Number.MAX_SAFE_INTEGER &&
      `to ${maximum}${name === 'bytes' ? ` (${sizeInWords(maximum)})` : ''}`,
    fallback !== undefined && `<code>${text(String(fallback))}</code> when left out`,
  ].filter((limit) => limit !== false);
  return known.length > 0 ? `<span class="type">${known.join(', ')}</span> ` : '';
};

const fields = (schema: Schema): string => {
  const inner = [schema, schema.items, ...(schema.anyOf ?? [])].find((one) => one?.properties)?.properties;
  if (!inner) return '';
  const list = Object.entries(inner).map(
    ([name, of]) => `<li><code>${text(name)}</code> ${typeOf(of, name)}${inline(of.description ?? '')}</li>`,
  );
  return `<ul>${list.join('')}</ul>`;
};

const prose = (markdown: string): string =>
  markdown
    .split('\n\n')
    .map((paragraph) => `<p>${inline(paragraph)}</p>`)
    .join('\n');

const inline = (markdown: string): string => text(markdown).replace(/`([^`]+)`/g, '<code>$1</code>');

const style = `
:root{color-scheme:light dark;font:100%/1.55 system-ui,sans-serif;--line:color-mix(in srgb,currentColor 22%,transparent)}
body{margin:0 auto;max-width:76rem;padding:1rem;display:grid;gap:0 2.5rem}
@media (min-width:60rem){body{grid-template-columns:19rem minmax(0,1fr)}header{grid-column:1/-1}nav{position:sticky;top:0;max-height:100vh;overflow:auto}}
h1,h2,h3,h4{line-height:1.25}
h3{margin:0 0 .5rem}
h4{margin:1.25rem 0 .35rem}
small{font-weight:400;opacity:.75}
nav h2{font-size:1rem;margin:1rem 0 .25rem}
nav ul{list-style:none;margin:0;padding:0;font-size:.875rem}
nav li{padding:.15rem 0;overflow-wrap:anywhere}
section{border-top:1px solid var(--line);padding:1.5rem 0;scroll-margin-top:.5rem}
section:target h3{text-decoration:underline;text-underline-offset:.3em}
code,pre{font-family:ui-monospace,monospace;font-size:.9em}
pre{overflow:auto;padding:.75rem;border:1px solid var(--line);border-radius:.5rem;margin:.25rem 0}
[hidden]{display:none}
input,textarea,button{font:inherit}
input,textarea{box-sizing:border-box;width:100%;padding:.3rem .5rem}
textarea{font-family:ui-monospace,monospace;font-size:.9em}
button{padding:.25rem .9rem;cursor:pointer}
form{max-width:45rem}
form p{margin:.5rem 0}
summary{cursor:pointer;padding:.25rem 0}
table{border-collapse:collapse;width:100%}
th,td{text-align:start;vertical-align:top;padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--line)}
th[scope=row]{font-weight:600;white-space:nowrap}
td ul{margin:.25rem 0;padding-inline-start:1.25rem}
.type{opacity:.8}
.method{font:600 .75em ui-monospace,monospace;border:1px solid;border-radius:.25rem;padding:.1em .35em}
.delete{color:light-dark(#a3180f,#ff9d94)}
.post{color:light-dark(#14602b,#7fdc9c)}
.get{color:light-dark(#0b4f9c,#93c5ff)}
.skip{position:absolute;left:-99rem}
.skip:focus{position:static}
`;
