/** Elements by hand: the console needs no framework. Text is always set as text, so a file name cannot become HTML. */

type Inside = Node | string;

export const make = <Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  facts: Partial<HTMLElementTagNameMap[Name]> = {},
  ...inside: readonly Inside[]
): HTMLElementTagNameMap[Name] => {
  const element = Object.assign(document.createElement(name), facts);
  element.append(...inside);
  return element;
};

export const drawn = (
  name: string,
  attributes: Readonly<Record<string, string | number>> = {},
  ...inside: readonly Inside[]
): SVGElement => {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...inside);
  return element;
};

/** What `index.html` is sure to have. */
export const part = <Kind extends HTMLElement = HTMLElement>(id: string): Kind => {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}.`);
  return found as Kind;
};

/** For screen readers; people who look see it happen. */
export const tell = (text: string): void => {
  part('spoken').textContent = text;
};

/** A button whose work takes a while: it cannot be pressed twice, and trouble is said beside it. */
export const doing = (
  textContent: string,
  act: () => Promise<unknown>,
  { said, ...facts }: Partial<HTMLButtonElement> & { readonly said?: HTMLElement } = {},
): HTMLButtonElement => {
  const button = make('button', { type: 'button', textContent, ...facts });
  button.addEventListener('click', async () => {
    const hadFocus = document.activeElement === button;
    button.disabled = true;
    said?.classList.remove('bad');
    try {
      await act();
    } catch (error) {
      if (!said) throw error;
      said.classList.add('bad');
      said.textContent = (error as Error).message;
    } finally {
      button.disabled = false;
      // A browser takes the focus from what is disabled.
      if (hadFocus && document.activeElement === document.body) button.focus({ preventScroll: true });
    }
  });
  return button;
};

export const copyButton = (text: () => string, what: string): HTMLButtonElement => {
  const button = make('button', { type: 'button', className: 'small', textContent: 'Copy', ariaLabel: `Copy ${what}` });
  button.addEventListener('click', async () => {
    const isCopied = await copy(text(), button);
    button.textContent = isCopied ? 'Copied' : 'Not allowed';
    tell(isCopied ? `Copied ${what}.` : `The browser does not allow this page to copy ${what}.`);
    setTimeout(() => {
      button.textContent = 'Copy';
    }, 1500);
  });
  return button;
};

/** False where the browser does not allow it. */
const copy = async (text: string, button: HTMLElement): Promise<boolean> => {
  // Only pages of https:// and of this machine have one.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (clipboard)
    return clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  const field = make('textarea', { value: text, readOnly: true });
  Object.assign(field.style, { position: 'fixed', top: '0', opacity: '0' });
  // Beside the button, because what is outside of an open dialog cannot be selected.
  button.after(field);
  field.focus({ preventScroll: true });
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  button.focus({ preventScroll: true });
  return isCopied;
};

export const facts = (all: Readonly<Record<string, Inside>>): HTMLElement =>
  make(
    'dl',
    {},
    ...Object.entries(all).flatMap(([name, value]) => [make('dt', { textContent: name }), make('dd', {}, value)]),
  );

/** Wide tables scroll by themselves, also with the keyboard. */
export const wideTable = (name: string, heads: readonly string[], rows: readonly (readonly Inside[])[]): HTMLElement =>
  make(
    'div',
    { className: 'wide', tabIndex: 0, role: 'region', ariaLabel: name },
    make(
      'table',
      {},
      make('thead', {}, make('tr', {}, ...heads.map((textContent) => make('th', { scope: 'col', textContent })))),
      make('tbody', {}, ...rows.map((row) => make('tr', {}, ...row.map((cell) => make('td', {}, cell))))),
    ),
  );
