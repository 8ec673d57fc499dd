import { crc32, deflateSync } from 'node:zlib';
import { Command } from 'commander';
import { DarkroomError } from '../client/error.ts';
import { complaintsAbout } from './fetch-variant.ts';
import { endOf, type ServiceOptions, type Target, targetOf, withService } from './service.ts';
import { CommandEnd, hasColour, paint, type Shell } from './shell.ts';
import { writeJson } from './table.ts';

type Options = ServiceOptions & { readonly origin?: string };

export const doctorCommand = (shell: Shell): Command =>
  withService(
    new Command('doctor')
      .description('Check a service from outside: address, key, clock, CORS, and one picture from ticket to delivery.')
      .option('--origin <origin>', 'check also that pages of this origin may upload, such as https://app.example'),
  )
    .addHelpText(
      'after',
      `
The drawn picture is deleted again. Ends with 1 if a check fails, and with 3 if nothing answers at the address.

Examples:
  darkroom doctor
  darkroom doctor --url https://api.example --origin https://app.example`,
    )
    .action((options: Options) => examine(shell, options));

/** Resolves to a note, and rejects with the fault and what to do about it. */
type Check = { readonly name: string; readonly look: () => Promise<string> };

const examine = async (shell: Shell, options: Options): Promise<void> => {
  const target = targetOf(shell, options);
  const colour = hasColour(shell, shell.out);
  const { origin } = options;
  const checks: readonly Check[] = [
    { name: 'health', look: () => health(target) },
    { name: 'clock', look: () => clock(shell, target) },
    { name: 'key', look: () => key(target) },
    ...(origin === undefined ? [] : [{ name: 'origin', look: () => cors(target, origin) }]),
    { name: 'picture', look: () => picture(shell, target) },
  ];
  let failed = 0;
  for (const { name, look } of checks) {
    const began = shell.now();
    const found = await look().then(
      (detail) => ({ ok: true, detail }),
      (error: unknown) => ({ ok: false, detail: reasonOf(target, error) }),
    );
    const ms = shell.now() - began;
    if (!found.ok) failed++;
    if (options.json) writeJson(shell, { check: name, ...found, ms });
    else {
      const mark = found.ok ? paint(colour, 'green', 'ok') : paint(colour, 'red', 'failed');
      shell.out.write(`${mark}\t${name}\t${ms} ms\t${found.detail}\n`);
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

const health = async ({ service }: Target): Promise<string> => {
  const { status, version, checks } = await service.health();
  const bad = checks.filter(({ ok }) => !ok).map(({ name, detail }) => detail ?? name);
  if (bad.length > 0) throw new CommandEnd('failed', `The service is ${status}: ${bad.join(' ')}`);
  return `Darkroom ${version} is ${status}`;
};

const toleratedSeconds = 60;

const clock = async (shell: Shell, { url }: Target): Promise<string> => {
  const { headers } = await fetch(`${url}/v1/health`);
  const seconds = Math.round((Date.parse(headers.get('date') ?? '') - shell.now()) / 1000);
  if (Number.isNaN(seconds)) return 'the answer has no Date header';
  if (Math.abs(seconds) > toleratedSeconds)
    throw new CommandEnd('failed', `The clocks differ by ${seconds} s, and tickets may end early. Set both by NTP.`);
  return `the clocks differ by ${Math.abs(seconds)} s`;
};

const key = async ({ service }: Target): Promise<string> => {
  await service.listImages({ limit: 1 });
  return 'the service accepts it, or needs none';
};

const cors = async ({ url }: Target, origin: string): Promise<string> => {
  const headers = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type',
  };
  const answer = await fetch(`${url}/v1/images`, { method: 'OPTIONS', headers });
  if (answer.headers.get('access-control-allow-origin') !== origin)
    throw new CommandEnd('failed', `Pages of ${origin} may not call the API. Add it to DARKROOM_ALLOWED_ORIGINS.`);
  return `pages of ${origin} may call the API`;
};

const picture = async (shell: Shell, { service }: Target): Promise<string> => {
  const began = shell.now();
  const { id, ready } = await service.upload(new Blob([drawn()], { type: 'image/png' }), { filename: 'doctor.png' });
  const ms = shell.now() - began;
  try {
    for (const variant of ready.variants) {
      const [fault] = await complaintsAbout(variant);
      if (fault !== undefined) throw new CommandEnd('failed', `${variant.url} ${fault}.`);
    }
  } finally {
    await service.removeImage(id);
  }
  return `ready after ${ms} ms, and all ${ready.variants.length} variants were fetched`;
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
