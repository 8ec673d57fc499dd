import { type ApiCall, answerKind, exampleBody } from './code-samples.ts';
import { code, escaped } from './markup.ts';

/** Where a reader puts the key of the calls that are tried. Shown by the script only: without it, nothing could be sent. */
export const keyField = `<form id="with-key" hidden>
<p><label for="key">API key</label> <input id="key" type="password" autocomplete="off" spellcheck="false" aria-describedby="key-note"></p>
<p id="key-note">For "Try it" below. This page keeps the key until you leave or reload it, stores it nowhere, and sends it to this service only. What you try is real: a picture that is deleted here is gone.</p>
</form>`;

/** A form that sends this very call, where the answer is one that a page can read. */
export const tryIt = (call: ApiCall): string => {
  const { method, path, operation } = call;
  if (answerKind(call) !== 'json') return '';
  const { operationId: name, parameters = [] } = operation;
  const fields = parameters.map(({ name: field, in: place, required }) => {
    const id = `${name}-${field}`;
    const attributes = `id="${id}" name="${escaped(field)}" data-in="${place}" autocomplete="off" spellcheck="false"${required ? ' required' : ''}`;
    return `<p><label for="${id}"><code>${escaped(field)}</code></label> <input ${attributes}></p>`;
  });
  const body = exampleBody(call);
  if (body !== undefined)
    fields.push(
      `<p><label for="${name}-body">Body</label> <textarea id="${name}-body" data-in="body" rows="8" spellcheck="false">${escaped(JSON.stringify(body, null, 2))}</textarea></p>`,
    );
  return `<form class="try" data-method="${method}" data-path="${escaped(path)}"${operation.security?.length === 0 ? '' : ' data-key'} hidden>
<h4>Try it</h4>
${fields.join('\n')}
<p><button type="submit">Send</button> <span role="status"></span></p>
<div hidden>${code('')}</div>
</form>`;
};

/** The whole program of the page. Its policy names it by its digest. */
export const script = `
const key = document.getElementById('key');
document.getElementById('with-key').hidden = false;
document.getElementById('with-key').addEventListener('submit', (event) => event.preventDefault());
addEventListener('pagehide', () => { key.value = ''; });

const requestOf = (form) => {
  const { method, path } = form.dataset;
  const query = new URLSearchParams();
  const headers = {};
  if ('key' in form.dataset && key.value !== '') headers.authorization = 'Bearer ' + key.value;
  let address = path;
  let body;
  for (const { dataset, name, value } of form.elements) {
    if (dataset.in === 'path') address = address.replace('{' + name + '}', encodeURIComponent(value));
    else if (value === '') continue;
    else if (dataset.in === 'query') query.set(name, value);
    else if (dataset.in === 'header') headers[name] = value;
    else if (dataset.in === 'body') {
      headers['content-type'] = 'application/json';
      body = value;
    }
  }
  return [query.size > 0 ? address + '?' + query : address, { method, headers, body, cache: 'no-store' }];
};

const pretty = (text) => {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
};

const send = async (form) => {
  if (form.dataset.method === 'DELETE' && !confirm('This cannot be undone. Send it?')) return;
  const said = form.querySelector('[role=status]');
  const shown = form.querySelector('div');
  const button = form.querySelector('button');
  button.disabled = true;
  said.textContent = 'Sending …';
  shown.hidden = true;
  try {
    const began = performance.now();
    const answer = await fetch(...requestOf(form));
    shown.querySelector('pre').textContent = pretty(await answer.text());
    shown.hidden = false;
    said.textContent = answer.status + ' in ' + Math.round(performance.now() - began) + ' ms';
  } catch (error) {
    said.textContent = 'The request was not answered: ' + error.message;
  }
  button.disabled = false;
};

for (const form of document.querySelectorAll('form.try')) {
  form.hidden = false;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send(form);
  });
}

const copy = async (block, button) => {
  try {
    await navigator.clipboard.writeText(block.textContent);
    button.textContent = 'Copied';
  } catch {
    getSelection().selectAllChildren(block);
    button.textContent = 'Selected: copy it with the keyboard';
  }
};

for (const block of document.querySelectorAll('.code pre')) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'Copy';
  button.addEventListener('click', () => copy(block, button));
  block.after(button);
}
`;
