import { darkroom } from '../client/darkroom.ts';
import type { DarkroomError } from '../client/error.ts';
import { make, part } from './dom.ts';

/** The service that the uploader names; else the one that the page came from, also below a path that a proxy takes away. */
const named = document.querySelector('darkroom-upload')?.getAttribute('service');
const home = (named ?? new URL('.', document.baseURI).href).replace(/\/+$/, '');
const keyName = `darkroom-key ${home}`;

/** The key is kept until the tab is closed, and nowhere else. */
export const storedKey = (): string | undefined => sessionStorage.getItem(keyName) ?? undefined;
export const service = darkroom({ url: home, key: storedKey });

/** The address of the board in CloudWatch, where the page was deployed with it. */
export const board = document.querySelector<HTMLLinkElement>('link[rel=figures]')?.href;

let presets: Promise<readonly string[]> | undefined;
/** The names of the presets, as the API's description lists them. */
export const presetNames = (): Promise<readonly string[]> => {
  presets ??= service.openapi().then(
    (document) => {
      const { components } = document as {
        components?: { schemas?: Record<string, { properties?: { preset?: { enum?: readonly string[] } } }> };
      };
      return components?.schemas?.UploadRequest?.properties?.preset?.enum ?? [];
    },
    () => {
      presets = undefined;
      return [];
    },
  );
  return presets;
};

export const presetSelect = (first: string): HTMLSelectElement => {
  const select = make('select', { ariaLabel: 'Preset' }, make('option', { value: '', textContent: first }));
  void presetNames().then((names) =>
    select.append(...names.map((value) => make('option', { value, textContent: value }))),
  );
  return select;
};

const notice = part('notice');
/** After a wrong key, the page does not ask again until a person wants that. */
let mayAsk = true;

export const complain = (text: string | undefined): void => {
  notice.hidden = text === undefined;
  notice.textContent = text ?? '';
};

export const askForKey = (): void => {
  part('key-wrong').textContent = '';
  const dialog = part<HTMLDialogElement>('key-dialog');
  if (!dialog.open) dialog.showModal();
};

/** Says what is the matter, and asks for a key where that is what is missing. */
export const complainOf = (error: unknown, prefix = ''): void => {
  const { code, message } = error as DarkroomError;
  if (code === 'unauthorized') demandKey();
  // Being offline has a sentence of its own.
  else if (code === 'unreachable') complain(navigator.onLine ? message : undefined);
  else complain(prefix + message);
};

const demandKey = (): void => {
  part('open-key').hidden = false;
  complain('This service needs a valid key.');
  if (mayAsk) askForKey();
  mayAsk = false;
};

/** Nothing is asked in the background while a person would have to give a key first. */
export const mayCall = (): boolean =>
  !part<HTMLDialogElement>('key-dialog').open && (notice.hidden === true || storedKey() !== undefined || mayAsk);

export const startSession = (begin: () => void): void => {
  part('open-key').hidden = storedKey() === undefined;
  part('open-key').addEventListener('click', askForKey);
  part('key-cancel').addEventListener('click', () => part<HTMLDialogElement>('key-dialog').close());
  /** Of several attempts the newest counts, and none that was cancelled. */
  let attempt = 0;
  part('key-dialog').addEventListener('close', () => attempt++);
  part('key-form').addEventListener('submit', async (event) => {
    event.preventDefault();
    const mine = ++attempt;
    const field = part<HTMLInputElement>('key');
    const key = field.value.trim();
    const wrong = await whyNot(key);
    if (mine !== attempt) return;
    part('key-wrong').textContent = wrong ?? '';
    if (wrong !== undefined) return field.select();
    sessionStorage.setItem(keyName, key);
    field.value = '';
    part<HTMLDialogElement>('key-dialog').close();
    part('open-key').hidden = false;
    complain(undefined);
    begin();
  });
};

/** Why a key cannot be used; what a valid key may not do is said where that is wanted. */
const whyNot = async (key: string): Promise<string | undefined> => {
  try {
    await darkroom({ url: home, key }).listImages({ limit: 1 });
    return undefined;
  } catch (error) {
    const { code, message } = error as DarkroomError;
    if (code === 'forbidden') return undefined;
    return code === 'unauthorized' ? 'This key is not valid.' : message;
  }
};
