// lib/client/error.ts
var DarkroomError = class extends Error {
  name = "DarkroomError";
  code;
  /** Of the answer that said no; undefined where it was not an answer. */
  status;
  detail;
  /** The fields to correct. */
  fields;
  /** When the service asked for a longer wait than was worth it. */
  retryAfterSeconds;
  constructor(code, detail, more = {}) {
    super(detail, { cause: more.cause });
    this.code = code;
    this.detail = detail;
    this.status = more.status;
    this.fields = more.fields ?? [];
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
};

// lib/client/retry.ts
var maxCallAttempts = 5;
var longestMs = 6e4;
var backOffMs = (attempt) => Math.min(8e3, 100 * 2 ** attempt) * (0.5 + Math.random() / 2);
var retryAfterMs = (header) => {
  if (!header) return void 0;
  const seconds = Number(header);
  const ms = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1e3;
  return Number.isNaN(ms) ? void 0 : Math.max(0, ms);
};
var waitForRetry = async (attempt, askedMs, signal) => {
  const ms = askedMs ?? backOffMs(attempt);
  if (attempt >= maxCallAttempts || ms > longestMs) return false;
  await sleep(ms, signal);
  return true;
};
var sleep = (ms, signal) => new Promise((resolve, reject) => {
  signal?.throwIfAborted();
  const stop = () => {
    clearTimeout(timer);
    reject(signal?.reason);
  };
  const timer = setTimeout(() => {
    signal?.removeEventListener("abort", stop);
    resolve();
  }, ms);
  signal?.addEventListener("abort", stop, { once: true });
});

// lib/client/call.ts
var call = async ({ url, key: keyNow, fetch }, method, path, { signal, idempotencyKey } = {}, body) => {
  const key = keyNow();
  const init = {
    method,
    headers: {
      ...key !== void 0 && { authorization: `Bearer ${key}` },
      ...body !== void 0 && { "content-type": "application/json" },
      // The same at every attempt, so that a repeat of what got through makes nothing twice.
      ...method === "POST" && { "idempotency-key": idempotencyKey ?? newKey() }
    },
    ...body !== void 0 && { body: JSON.stringify(body) },
    ...signal && { signal }
  };
  for (let attempt = 1; ; attempt++) {
    const { answer, error, askedMs, again } = await once(fetch, url + path, init, method);
    if (!error) return answer;
    if (!again || !await waitForRetry(attempt, askedMs, signal)) throw error;
  }
};
var alsoCheck = (url) => {
  const { location } = globalThis;
  if (!location || new URL(url, location.href).origin === location.origin) return "";
  return ", and that the service allows this page (DARKROOM_ALLOWED_ORIGINS on one box, allowedOrigins on AWS)";
};
var once = async (fetch, url, init, method) => {
  let response;
  let text;
  try {
    response = await fetch(url, init);
    text = await response.text();
  } catch (cause) {
    init.signal?.throwIfAborted();
    const error = new DarkroomError(
      "unreachable",
      `The service cannot be reached. Check the connection${alsoCheck(url)}.`,
      {
        cause
      }
    );
    return { error, again: method !== "DELETE" };
  }
  const { status, ok } = response;
  const said = parse(text);
  if (ok && said !== void 0) return { answer: said };
  const askedMs = retryAfterMs(response.headers.get("retry-after"));
  const again = status === 429 || status >= 500 && method !== "DELETE";
  return { error: errorOf(said, status, askedMs), askedMs, again };
};
var bareAnswers = {
  401: "unauthorized",
  429: "too-many-requests",
  503: "unavailable"
};
var errorOf = (said, status, askedMs) => {
  const more = { status, ...askedMs !== void 0 && { retryAfterSeconds: Math.ceil(askedMs / 1e3) } };
  const problem = said;
  if (problem?.code === void 0) {
    const code = bareAnswers[status];
    if (code) return new DarkroomError(code, `The service answered ${status}, without saying more.`, more);
    return new DarkroomError("unexpected-answer", `The answer (${status}) is not one of Darkroom's.`, more);
  }
  return new DarkroomError(problem.code, problem.detail ?? problem.code, { ...more, fields: problem.errors ?? [] });
};
var parse = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return void 0;
  }
};
var newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// lib/client/digest.ts
var maxDigestedBytes = 64 * 1024 * 1024;
var digest = async (file) => {
  const subtle = globalThis.crypto?.subtle;
  if (!subtle || file.size > maxDigestedBytes) return void 0;
  const bytes = await subtle.digest("SHA-256", await file.arrayBuffer());
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
};

// lib/client/put.ts
var putFile = async (fetch, upload, file, options) => {
  const { signal, onProgress } = options;
  let unclear = false;
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    const reply = await send(fetch, upload, file, options);
    const status = reply?.status ?? 0;
    if (status >= 200 && status < 300 || status === 412 && unclear) return onProgress?.(1);
    if (reply && !isPassing(status)) throw refusal(reply);
    unclear ||= status !== 429;
    if (!await waitForRetry(attempt, retryAfterMs(reply?.retryAfter ?? null), signal)) throw refusal(reply);
  }
};
var isPassing = (status) => [408, 409, 429].includes(status) || status >= 500;
var refusal = (reply) => {
  if (!reply) return new DarkroomError("unreachable", "The connection broke while the file was sent. Try again.");
  const reason = /<Message>([^<]*)<\/Message>/.exec(reply.text)?.[1];
  const { status } = reply;
  return new DarkroomError("upload-refused", reason ?? `The store did not take the file (${status}).`, { status });
};
var send = (fetch, upload, file, options) => {
  const { XMLHttpRequest } = globalThis;
  return options.onProgress && XMLHttpRequest ? sendWatched(new XMLHttpRequest(), upload, file, options) : sendUnwatched(fetch, upload, file, options);
};
var sendUnwatched = async (fetch, { url, method, headers }, file, { signal }) => {
  try {
    const response = await fetch(url, { method, headers, body: file, ...signal && { signal } });
    return { status: response.status, text: await response.text(), retryAfter: response.headers.get("retry-after") };
  } catch {
    signal?.throwIfAborted();
    return void 0;
  }
};
var sendWatched = (request, { url, method, headers }, file, { signal, onProgress }) => new Promise((resolve, reject) => {
  const abort = () => request.abort();
  request.open(method, url);
  for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
  request.upload.onprogress = ({ loaded, total }) => onProgress?.(total > 0 ? loaded / total : 0);
  request.onabort = () => reject(signal?.reason);
  request.onloadend = () => {
    signal?.removeEventListener("abort", abort);
    const { status, responseText: text } = request;
    const retryAfter = status < 400 ? null : request.getResponseHeader("retry-after");
    resolve(status === 0 ? void 0 : { status, text, retryAfter });
  };
  signal?.addEventListener("abort", abort, { once: true });
  request.send(file);
});

// lib/client/ticket.ts
var ticketFrom = async (ask) => {
  let ticket;
  try {
    ticket = await ask();
  } catch (cause) {
    if (cause?.name !== "TypeError") throw cause;
    throw new DarkroomError("unreachable", `The ticket cannot be asked for: ${cause.message}`, { cause });
  }
  if (ticket?.upload === void 0)
    throw errorOf(ticket, Number(ticket?.status ?? 200));
  return ticket;
};

// lib/client/darkroom.ts
var darkroom = ({ url, watch, key = watch, fetch: given }) => {
  const fetch = given ?? ((input, init) => globalThis.fetch(input, init));
  const service = { url: url.replace(/\/+$/, ""), key: typeof key === "function" ? key : () => key, fetch };
  const get = (path, options) => call(service, "GET", path, options);
  const post = (path, body, options) => call(service, "POST", path, options, body);
  const image = (id) => `/v1/images/${encodeURIComponent(id)}`;
  const job = (id) => `/v1/jobs/${encodeURIComponent(id)}`;
  const requestUpload = (request, options) => post("/v1/images", request, options);
  const requestVersion = (id, request, options) => post(`${image(id)}/versions`, request, options);
  const findImage = (id, { alt, sizes, ...options } = {}) => {
    const query = new URLSearchParams(words({ alt, sizes })).toString();
    const path = watch === void 0 ? image(id) : `/v1/uploads/${encodeURIComponent(id)}`;
    return get(path + (query && `?${query}`), options);
  };
  const listImages = (query = {}, options) => get(`/v1/images?${new URLSearchParams(words(query))}`, options);
  const untilReady2 = async (id, version, { signal, onProgress } = {}) => {
    let looksAfterEnd = 0;
    for (let waitMs = 100; ; waitMs = Math.min(waitMs * 1.4, 3e3)) {
      const found = await findImage(id, { signal });
      if (isShown(found, version)) return found;
      if (found.version >= version) {
        const end = endOf(found);
        if (end && (found.version === version || looksAfterEnd++ >= mostLooksAfterEnd)) throw end;
        onProgress?.({ stage: "processing", done: found.progress });
      }
      await sleep(waitMs, signal);
    }
  };
  return {
    requestUpload,
    requestVersion,
    findImage,
    listImages,
    untilReady: untilReady2,
    reprocess: (id, request = {}, options) => post(`${image(id)}/reprocess`, request, options),
    downloadOriginal: (id, options) => get(`${image(id)}/original`, options),
    removeImage: (id, options) => call(service, "DELETE", image(id), options),
    startJob: (request, options) => post("/v1/jobs", request, options),
    findJob: (id, options) => get(job(id), options),
    listJobs: (query = {}, options) => get(`/v1/jobs?${new URLSearchParams(words(query))}`, options),
    pauseJob: (id, options) => post(`${job(id)}/pause`, void 0, options),
    resumeJob: (id, { budget, ...options } = {}) => post(`${job(id)}/resume`, budget && { budget }, options),
    cancelJob: (id, options) => post(`${job(id)}/cancel`, void 0, options),
    health: (options) => get("/v1/health", options),
    figures: ({ minutes, ...options } = {}) => get(`/v1/figures?${new URLSearchParams(words({ minutes }))}`, options),
    openapi: (options) => get("/v1/openapi.json", options),
    /** Every image of the list, page by page. */
    async *images(query = {}, options) {
      for (let cursor; cursor !== null; ) {
        const page = await listImages({ ...query, cursor }, options);
        yield* page.items;
        cursor = page.nextCursor;
      }
    },
    /** Takes a file from here to where people can see it: ticket, PUT, and the wait until every variant is there. */
    upload: async (source, options = {}) => {
      const { signal, onProgress, id, ticket: ask, contentType, ...more } = options;
      const file = source instanceof Blob ? source : new Blob([source]);
      const request = {
        contentType: contentType ?? (file.type || "application/octet-stream"),
        bytes: file.size,
        sha256: await digest(file),
        filename: file.name,
        ...more
      };
      signal?.throwIfAborted();
      const ticket = await (ask ? ticketFrom(() => ask(file, request)) : id === void 0 ? requestUpload(request, { signal }) : requestVersion(id, request, { signal }));
      signal?.throwIfAborted();
      const sent = onProgress && ((done) => onProgress({ stage: "uploading", done }));
      await putFile(fetch, ticket.upload, file, { signal, ...sent && { onProgress: sent } });
      const waiting = ask && ticket.watch ? darkroom({ url, watch: ticket.watch.token, fetch }) : { untilReady: untilReady2 };
      return waiting.untilReady(ticket.id, ticket.version, options);
    }
  };
};
var mostLooksAfterEnd = 30;
var isShown = (image, version) => (image.ready?.version ?? 0) >= version;
var endOf = ({ status, error }) => {
  if (error) return new DarkroomError(error.code, error.message);
  if (status === "expired")
    return new DarkroomError("expired", "The ticket ended before the file had arrived. Try again.");
  return void 0;
};
var put = ({ upload }, file, { fetch = (input, init) => globalThis.fetch(input, init), ...options } = {}) => putFile(fetch, upload, file, options);
var untilReady = ({ id, version, watch }, { url, fetch, ...options }) => darkroom({ url, watch: watch?.token, ...fetch && { fetch } }).untilReady(id, version, options);
var words = (query) => Object.fromEntries(
  Object.entries(query).flatMap(([name, value]) => value === void 0 ? [] : [[name, String(value)]])
);
export {
  DarkroomError,
  darkroom,
  put,
  untilReady
};
