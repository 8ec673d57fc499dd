export type Asked = {
  readonly url: URL;
  readonly method: string;
  /** Each header once; the values of one that was sent twice are joined. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string | Uint8Array<ArrayBuffer> | undefined;
};

/** Undefined if the standard allows no such request: method TRACE, say, or a line break in a header. */
export const standardRequest = ({ url, method, headers, body }: Asked): Request | undefined => {
  const isBodyless = method === 'GET' || method === 'HEAD';
  try {
    const given = new Headers();
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) given.set(name, value);
    return new Request(url, { method, headers: given, ...(body !== undefined && !isBodyless && { body }) });
  } catch {
    // These constructors throw for no other reason.
    return undefined;
  }
};
