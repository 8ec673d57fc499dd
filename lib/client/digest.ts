/** Beyond this a digest costs more memory than it is worth: the whole file has to be held for it. */
const maxDigestedBytes = 64 * 1024 * 1024;

/** In base64; undefined where the platform has no digests (a page without HTTPS) or the file is huge. */
export const digest = async (file: Blob): Promise<string | undefined> => {
  const subtle = globalThis.crypto?.subtle;
  if (!subtle || file.size > maxDigestedBytes) return undefined;
  const bytes = await subtle.digest('SHA-256', await file.arrayBuffer());
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
};
