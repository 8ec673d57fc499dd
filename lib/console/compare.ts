import type { ImageAnswer } from '../contract/answers.ts';
import { make } from './dom.ts';
import { inBytes } from './words.ts';

type ReadyPicture = NonNullable<ImageAnswer['ready']>;
type File = ReadyPicture['variants'][number];

const zooms = { fit: 'Fit', '1': '1:1', '2': '2:1', '4': '4:1', '8': '8:1' } as const;

/** A crop shows a part of the picture, so it cannot lie upon the whole. */
export const isCrop = ({ width, height }: File, whole: { readonly width: number; readonly height: number }): boolean =>
  // A side of some pixels is rounded.
  Math.abs(width - (height * whole.width) / whole.height) > 1 + whole.width / whole.height;

/** A file without a quality keeps every pixel, or so nearly that no difference can be seen. */
export const losslessWord = (score: File['score']): string =>
  score === null || score === 100 ? 'lossless' : 'near-lossless';

export const fileWords = ({ name, format, width, height, bytes, quality, score }: File): string =>
  [
    `${name}.${format}`,
    `${width} × ${height}`,
    inBytes(bytes),
    quality === null ? losslessWord(score) : `quality ${quality}`,
    ...(score === null ? [] : [`score ${score.toFixed(1)}`]),
  ].join(', ');

/** The original on one side of a line, a file that was made of it on the other, both at the pixels of that file. */
export const compare = (ready: ReadyPicture, original: Promise<string>): HTMLElement => {
  const files = ready.variants.filter((file) => !isCrop(file, ready));
  const option = (value: string, textContent: string) => make('option', { value, textContent });
  const which = make(
    'select',
    { ariaLabel: 'File to compare' },
    ...files.map((file, at) => option(String(at), fileWords(file))),
  );
  const zoom = make(
    'select',
    { ariaLabel: 'Zoom' },
    ...Object.entries(zooms).map(([value, text]) => option(value, text)),
  );
  zoom.value = '1';
  const split = make('input', {
    type: 'range',
    min: '0',
    max: '100',
    step: '0.5',
    value: '50',
    ariaLabel: 'Original to the left of this line',
  });
  const before = make('img', { className: 'before', alt: 'The original', draggable: false });
  const after = make('img', { className: 'after', alt: 'The file that was made of it', draggable: false });
  const line = make('div', { className: 'line' });
  const canvas = make('div', { className: 'canvas' }, after, before);
  const frame = make('div', { className: 'frame', tabIndex: 0, role: 'region', ariaLabel: 'Comparison' }, canvas);
  const said = make('p', { className: 'hint', role: 'status' });
  const stage = make(
    'div',
    { className: 'stage', dir: 'ltr' },
    frame,
    line,
    make('span', { className: 'tag left', textContent: 'Original' }),
    make('span', { className: 'tag right' }),
  );

  const cut = () => {
    const at = (Number(split.value) / 100) * frame.clientWidth;
    line.style.left = `${at}px`;
    const x = frame.scrollLeft + at - canvas.offsetLeft;
    before.style.clipPath = `inset(0 ${Math.max(0, canvas.offsetWidth - x)}px 0 0)`;
  };
  const show = () => {
    const file = files[Number(which.value)];
    if (!file) return;
    if (after.getAttribute('src') !== file.url) after.src = file.url;
    const tag = stage.lastElementChild;
    if (tag) tag.textContent = `${file.format.toUpperCase()} ${inBytes(file.bytes)}`;
    // One pixel of the file is one pixel of the screen at 1:1, also on a dense one.
    const fitting = Math.min(1, frame.clientWidth / file.width);
    const scale = zoom.value === 'fit' ? fitting : Number(zoom.value) / devicePixelRatio;
    canvas.style.width = `${file.width * scale}px`;
    canvas.style.height = `${file.height * scale}px`;
    canvas.classList.toggle('enlarged', scale * devicePixelRatio > 1);
    cut();
  };
  // Begins in the middle of the picture, where there is most to see.
  const centre = () => {
    show();
    frame.scrollTo((frame.scrollWidth - frame.clientWidth) / 2, (frame.scrollHeight - frame.clientHeight) / 2);
    cut();
  };
  const drag = ({ clientX, buttons }: PointerEvent) => {
    if (buttons !== 1) return;
    const { left } = frame.getBoundingClientRect();
    split.value = String((100 * (clientX - left)) / frame.clientWidth);
    cut();
  };
  frame.addEventListener('pointermove', drag);
  frame.addEventListener('pointerdown', (event) => event.target !== frame && drag(event));
  frame.addEventListener('scroll', cut, { passive: true });
  split.addEventListener('input', cut);
  which.addEventListener('change', show);
  zoom.addEventListener('change', centre);
  new ResizeObserver(show).observe(frame);
  original.then(
    (url) => {
      before.src = url;
      before.addEventListener('load', centre, { once: true });
      before.addEventListener('error', () => {
        said.textContent = 'This browser cannot show the original.';
      });
    },
    (error: Error) => {
      said.textContent = `The original cannot be shown: ${error.message}`;
    },
  );
  const bar = make('div', { className: 'bar' }, which, zoom);
  return make('div', { className: 'compare' }, bar, stage, split, said);
};
