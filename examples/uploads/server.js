import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

// The server of your site: it alone has the key, and a page gets from it a ticket for one file.
// DARKROOM_URL=http://127.0.0.1:8787 DARKROOM_API_KEY=… node examples/uploads/server.js

const { DARKROOM_URL: darkroom = 'http://127.0.0.1:8787', DARKROOM_API_KEY: key, PORT = '3000' } = process.env;

const ticket = async (request, response) => {
  // Find out here who is asking and what they may upload; a key with the right `upload` is enough.
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const wanted = await new Response(request).json();
  const body = JSON.stringify({ ...wanted, collection: 'visitors' });
  const answer = await fetch(`${darkroom}/v1/images`, { method: 'POST', headers, body });
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
};

const page = async (response) => {
  const html = await readFile(new URL('index.html', import.meta.url), 'utf8');
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html.replaceAll('{darkroom}', darkroom));
};

const server = createServer((request, response) =>
  request.method === 'POST' ? ticket(request, response) : page(response),
);
server.listen(Number(PORT), '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}\n`);
});
