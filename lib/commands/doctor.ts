import { crc32, deflateSync } from 'node:zlib';
import { Command, InvalidArgumentError } from 'commander';
import { put, type ReadyImage, type Ticket } from '../client/darkroom.ts';
import { DarkroomError } from '../client/error.ts';
import { parseWholeNumber } from './arguments.ts';
import { complaintsAbout, type ServedFile } from './fetch-variant.ts';
import { endOf, type ServiceOptions, sentenceOfError, type Target, targetOf, withService } from './service.ts';
import { CommandEnd, hasColour, paint, type Shell } from './shell.ts';
import { growingTable, writeJson } from './table.ts';

type Options = ServiceOptions & { readonly origin?: string; readonly timeout: number };

export const doctorCommand = (shell: Shell): Command =>
  withService(
    new Command('doctor')
      .description('Check a service from outside: address, key, clock, CORS, and one picture from ticket to delivery.')
      .option(
        '--origin <origin>',
        'check also that pages of this origin may upload, such as https://app.example',
        parseOrigin,
      )
      .option('--timeout <seconds>', 'how long to wait until the picture is ready', parseWholeNumber(1, 86_400), 120),
  )
    .addHelpText(
      'after',
      `
The drawn picture is deleted again, also after Ctrl-C; its stages are timed one by one. --origin asks what a browser asks before it calls the
API, and before it sends a file to the address of a ticket. Ends with 1 if a check fails, and with 3 if nothing answers at the address.

Examples:
  darkroom doctor
  darkroom doctor --url https://api.example --origin https://app.example`,
    )
    .action((options: Options) => examine(shell, options));

/** A browser sends no other form, so another one can be allowed nowhere. */
function parseOrigin(text: string): string {
  if (!/^https?:/.test(text) || !URL.canParse(text) || new URL(text).origin !== text)
    throw new InvalidArgumentError('Give scheme, host and port alone, such as https://app.example.');
  return text;
}

/** Resolves to a note, with the stages if there are several, and rejects with the fault and what to do about it. */
type Check = { readonly name: string; readonly look: (signal: AbortSignal) => Promise<Found> };
type Found = { readonly detail: string; readonly stages?: Stages };
type Stages = Readonly<Record<'ticketMs' | 'putMs' | 'renderMs' | 'deliveryMs', number>>;

const examine = async (shell: Shell, options: Options): Promise<void> => {
  const target = targetOf(shell, options);
  const colour = hasColour(shell, shell.out);
  const { origin } = options;
  const checks: readonly Check[] = [
    { name: 'health', look: (signal) => health(target, signal) },
    { name: 'clock', look: (signal) => clock(shell, target, signal) },
    { name: 'key', look: (signal) => key(target, signal) },
    ...(origin === undefined ? [] : [{ name: 'origin', look: (signal: AbortSignal) => cors(target, origin, signal) }]),
    { name: 'picture', look: (signal) => picture(shell, target, options.timeout, signal) },
  ];
  const row = growingTable(shell, ['RESULT', 'CHECK', 'TIME', 'DETAIL'], [6, 7, 9]);
  const interruption = shell.interruption();
  let failed = 0;
  for (const { name, look } of checks) {
    const began = shell.now();
    const found = await look(interruption).then(
      (note) => ({ ok: true, ...note }),
      (error: unknown) => {
        if (!interruption.aborted) return { ok: false, detail: reasonOf(target, error) };
        // The picture may be left behind.
        const left = error instanceof CommandEnd ? ` ${error.message}` : '';
        throw new CommandEnd('interrupted', `Stopped before the check of the ${name} ended.${left}`);
      },
    );
    const ms = shell.now() - began;
    if (!found.ok) failed++;
    if (options.json) writeJson(shell, { check: name, ...found, ms });
    else {
      const mark = found.ok ? paint(colour, 'green', 'ok') : paint(colour, 'red', 'failed');
      row([mark, name, `${ms} ms`, found.detail]);
    }
  }
  if (failed > 0) throw new CommandEnd('failed', `${failed} of ${checks.length} checks failed at ${target.url}.`);
};

/** If there is no answer at the address, the other checks make no sense. */
const reasonOf = ({ url }: Target, error: unknown): string => {
  const end = endOf(url, error);
  if (end && error instanceof DarkroomError && error.code !== 'unauthorized') throw end;
  return (end ?? (error as Error)).message;
};

const health = async ({ service }: Target, signal: AbortSignal): Promise<Found> => {
  const { status, version, checks } = await service.health({ signal });
  const bad = checks.filter(({ ok }) => !ok).map(({ name, detail }) => detail ?? name);
  if (bad.length > 0) throw new CommandEnd('failed', `The service is ${status}: ${bad.join(' ')}`);
  return { detail: `Darkroom ${version} is ${status}` };
};

const toleratedSeconds = 60;

const clock = async (shell: Shell, { url }: Target, signal: AbortSignal): Promise<Found> => {
  const { headers } = await fetch(`${url}/v1/health`, { signal });
  const seconds = Math.round((Date.parse(headers.get('date') ?? '') - shell.now()) / 1000);
  if (Number.isNaN(seconds)) return { detail: 'the answer has no Date header' };
  if (Math.abs(seconds) > toleratedSeconds)
    throw new CommandEnd('failed', `The clocks differ by ${seconds} s, and tickets may end early. Set both by NTP.`);
  return { detail: `the clocks differ by ${Math.abs(seconds)} s` };
};

const key = async ({ service }: Target, signal: AbortSignal): Promise<Found> => {
  await service.listImages({ limit: 1 }, { signal });
  return { detail: 'the service accepts it, or needs none' };
};

const cors = async (target: Target, origin: string, signal: AbortSignal): Promise<Found> => {
  const { url } = target;
  const todo = `Add it to DARKROOM_ALLOWED_ORIGINS, or on AWS deploy with --context allowedOrigins=${origin}`;
  if (!(await isAllowed(`${url}/v1/images`, origin, 'POST', ['content-type'], signal)))
    throw new CommandEnd('failed', `Pages of ${origin} may not call the API. ${todo}.`);
  return withDrawn(target, async ({ upload }) => {
    const headers = Object.keys(upload.headers).map((name) => name.toLowerCase());
    if (!(await isAllowed(upload.url, origin, upload.method, headers, signal)))
      throw new CommandEnd(
        'failed',
        `Pages of ${origin} may call the API, but not send files to ${new URL(upload.url).origin}. ${todo}; a bucket of your own needs a CORS rule for it (docs/one-box.md).`,
      );
    return { detail: `pages of ${origin} may call the API and send files` };
  });
};

/** Asks as a browser does before the request of a page (a preflight). */
const isAllowed = async (
  url: string,
  origin: string,
  method: string,
  headers: readonly string[],
  signal: AbortSignal,
): Promise<boolean> => {
  const asked = {
    origin,
    'access-control-request-method': method,
    'access-control-request-headers': headers.join(','),
  };
  const answer = await fetch(url, { method: 'OPTIONS', headers: asked, signal });
  const allowed = (what: string) => listed(answer.headers.get(`access-control-allow-${what}`) ?? '');
  const names = allowed('headers').map((name) => name.toLowerCase());
  return (
    answer.ok &&
    allowed('origin').some((one) => one === origin || one === '*') &&
    allowed('methods').some((one) => one === method || one === '*') &&
    headers.every((name) => names.includes(name) || names.includes('*'))
  );
};

const listed = (header: string): readonly string[] => header.split(',').map((one) => one.trim());

const declared = (bytes: number) => ({ contentType: 'image/png' as const, bytes, filename: 'doctor.png' });

/**
 * Deletes the image after the work with it, also when that fails or is stopped. The ticket is not given up meanwhile: its
 * image would be left behind.
 */
const withDrawn = async <T>({ service }: Target, work: (ticket: Ticket) => Promise<T>): Promise<T> => {
  const ticket = await service.requestUpload(declared(drawn().length));
  const [done] = await Promise.allSettled([work(ticket)]);
  try {
    await service.removeImage(ticket.id);
  } catch (cause) {
    if (!(cause instanceof DarkroomError)) throw cause;
    const why = done.status === 'rejected' && !isAbort(done.reason) ? `${(done.reason as Error).message} ` : '';
    throw new CommandEnd(
      'failed',
      `${why}The drawn picture is left behind: ${sentenceOfError(cause)} Run "darkroom delete ${ticket.id} --yes".`,
      { cause },
    );
  }
  if (done.status === 'rejected') throw done.reason;
  return done.value;
};

const isAbort = (error: unknown): boolean => (error as Error).name === 'AbortError';

const picture = async (shell: Shell, target: Target, timeout: number, signal: AbortSignal): Promise<Found> => {
  const timed = async <T>(work: Promise<T>): Promise<[T, number]> => {
    const began = shell.now();
    const result = await work;
    return [result, shell.now() - began];
  };
  const file = new Blob([drawn()], { type: 'image/png' });
  const began = shell.now();
  return withDrawn(target, async (ticket) => {
    const ticketMs = shell.now() - began;
    const [, putMs] = await timed(put(ticket, file, { signal }));
    const [{ ready }, renderMs] = await timed(untilReady(target, ticket, timeout, signal));
    const [, deliveryMs] = await timed(deliver(ready.variants, signal));
    const stages = { ticketMs, putMs, renderMs, deliveryMs };
    const detail = `ticket ${ticketMs} ms, PUT ${putMs} ms, ready after ${renderMs} ms, all ${ready.variants.length} variants fetched in ${deliveryMs} ms`;
    return { detail, stages };
  });
};

const untilReady = async (
  { service }: Target,
  { id, version }: Ticket,
  timeout: number,
  signal: AbortSignal,
): Promise<ReadyImage> => {
  const limit = AbortSignal.timeout(timeout * 1000);
  try {
    return await service.untilReady(id, version, { signal: AbortSignal.any([signal, limit]) });
  } catch (error) {
    if (error !== limit.reason) throw error;
    const { status } = await service.findImage(id, { signal });
    throw new CommandEnd(
      'failed',
      `The picture is still ${status} after ${timeout} s. Its renderers do not work, or much waits before it: see "darkroom list --status pending,processing" and the log of the service, or wait longer by --timeout.`,
    );
  }
};

const deliver = async (variants: readonly ServedFile[], signal: AbortSignal): Promise<void> => {
  for (const variant of variants) {
    const [fault] = await complaintsAbout(variant, signal);
    signal.throwIfAborted();
    if (fault !== undefined) throw new CommandEnd('failed', `${variant.url} ${fault.sentence}.`);
  }
};

const side = 128;

/** A PNG with a gradient (RFC 2083): large enough for every shipped limit, and drawn without an image library. */
const drawn = (): Uint8Array<ArrayBuffer> => {
  const row = (y: number) => [0, ...Array.from({ length: side }, (_, x) => [x * 2, y * 2, 128]).flat()];
  const pixels = Uint8Array.from({ length: side }, (_, y) => y).reduce<number[]>((all, y) => all.concat(row(y)), []);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2], 8);
  return new Uint8Array(
    Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      chunk('IHDR', header),
      chunk('IDAT', deflateSync(Uint8Array.from(pixels))),
      chunk('IEND', Buffer.alloc(0)),
    ]),
  );
};

const chunk = (type: string, content: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(content.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
};
