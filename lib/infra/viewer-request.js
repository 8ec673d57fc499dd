// The CloudFront Function in front of the variants. It runs for every request, so it only reads the path.
// Its runtime is no Node: ES 5.1 and what AWS lists beside it, to which the test of this file holds it
// (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html).
// FORMATS and BEST_FORMAT are written in by the stack: for each variant name the formats in which it may exist, and
// `bestFormat` of lib/core/choose-format.ts.

const formats = FORMATS;
const bestFormat = BEST_FORMAT;
const folder = /^\/images\/[a-z2-7]{26}\/v[1-9][0-9]{0,8}\//;
const file = /^(?:[a-z0-9][a-z0-9-]{0,31}\.(?:avif|webp|jpeg|png)|manifest\.json)$/;

// biome-ignore lint/correctness/noUnusedVariables: CloudFront calls it by this name.
function handler(event) {
  const request = event.request;
  if (request.method === 'OPTIONS') return isPreflight(request) ? preflight() : readOnly();
  const found = folder.exec(request.uri);
  const name = found ? request.uri.slice(found[0].length) : '';
  if (found && file.test(name)) return request;
  if (!found || !Object.keys(formats).includes(name)) return missing();
  const accept = request.headers.accept ? request.headers.accept.value : '';
  request.uri += `.${bestFormat(formats[name], accept)}`;
  return request;
}

function isPreflight(request) {
  return Boolean(request.headers.origin && request.headers['access-control-request-method']);
}

// The bucket would turn a preflight away. These are the words of lib/local/cors.ts.
function preflight() {
  return {
    statusCode: 204,
    statusDescription: 'No Content',
    headers: {
      'access-control-allow-origin': { value: '*' },
      'access-control-allow-methods': { value: 'GET, HEAD' },
      'access-control-allow-headers': { value: '*' },
      'access-control-max-age': { value: '86400' },
    },
  };
}

function readOnly() {
  return {
    statusCode: 405,
    statusDescription: 'Method Not Allowed',
    headers: { allow: { value: 'GET, HEAD' }, 'content-type': { value: 'text/plain' } },
    body: 'Pictures can only be read.',
  };
}

function missing() {
  return {
    statusCode: 404,
    statusDescription: 'Not Found',
    headers: { 'cache-control': { value: 'public, max-age=1' }, 'content-type': { value: 'text/plain' } },
    body: 'There is no such picture.',
  };
}
