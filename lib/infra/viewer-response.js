// The CloudFront Function behind addresses without a format, for the same runtime as viewer-request.js. A headers policy with
// CORS decides about `Vary` itself and drops another one, so both headers are set here (docs/decisions.md#vary).

// biome-ignore lint/correctness/noUnusedVariables: CloudFront calls it by this name.
function handler(event) {
  const response = event.response;
  response.headers.vary = { value: 'Accept' };
  response.headers['access-control-allow-origin'] = { value: '*' };
  return response;
}
