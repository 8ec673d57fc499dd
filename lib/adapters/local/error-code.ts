/** The code of an error of Node.js or of a service, such as ENOENT. Not by its class: a realm has its own. */
export const errorCode = (error: unknown): string | undefined => {
  const code = (error as { readonly code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
};
