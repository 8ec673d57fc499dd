// The CloudFront Function in front of the console, for the same runtime as viewer-request.js: a folder has a page.

// biome-ignore lint/correctness/noUnusedVariables: CloudFront calls it by this name.
function handler(event) {
  const request = event.request;
  if (request.uri === '/console')
    return {
      statusCode: 301,
      statusDescription: 'Moved Permanently',
      headers: { location: { value: '/console/' } },
    };
  if (request.uri === '/console/') request.uri = '/console/index.html';
  return request;
}
