import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';

// Preloaded into every function that the emulator runs: writes down each call that it makes, one line of JSON each.

const file = process.env.DARKROOM_CALLS;
const bodies = new WeakMap();

const textOf = (chunk) => (typeof chunk === 'string' || chunk instanceof Uint8Array ? Buffer.from(chunk) : undefined);

subscribe('http.client.request.created', ({ request }) => {
  const chunks = [];
  bodies.set(request, chunks);
  for (const name of ['write', 'end']) {
    const original = request[name];
    request[name] = function (chunk, ...rest) {
      const text = textOf(chunk);
      if (text) chunks.push(text);
      return original.call(this, chunk, ...rest);
    };
  }
});

subscribe('http.client.response.finish', ({ request, response }) => {
  const target = request.getHeader('x-amz-target');
  const isText = target !== undefined || (request.method === 'POST' && request.path.includes('delete'));
  const call = {
    by: process.env.AWS_LAMBDA_FUNCTION_NAME,
    method: request.method,
    path: request.path,
    copied: request.getHeader('x-amz-copy-source'),
    target,
    body: isText ? Buffer.concat(bodies.get(request) ?? []).toString('utf8') : undefined,
    status: response.statusCode,
  };
  appendFileSync(file, `${JSON.stringify(call)}\n`);
});
