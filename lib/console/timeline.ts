import { type Moment, momentsOf } from '../client/moments.ts';
import type { ImageAnswer } from '../contract/answers.ts';
import { make, wideTable } from './dom.ts';
import { inSeconds } from './words.ts';

export const timeline = (image: ImageAnswer): HTMLElement =>
  make(
    'ol',
    { className: 'timeline' },
    ...momentsOf(image, inSeconds).map((moment) =>
      make(
        'li',
        {},
        make('time', { dateTime: moment.at, textContent: new Date(moment.at).toLocaleString() }),
        make('span', { textContent: moment.what }),
        ...moreOf(moment),
      ),
    ),
  );

const moreOf = ({ files, spent }: Moment): readonly HTMLElement[] => {
  if (files) {
    const rows = files.map(({ file, seconds }) => [file, `+${inSeconds(seconds)}`]);
    const summary = make('summary', { textContent: 'Each file' });
    return [make('details', {}, summary, wideTable('When each file was stored', ['File', 'Stored'], rows))];
  }
  if (!spent) return [];
  const phases = (['decode', 'resize', 'encode', 'score', 'deliver'] as const).map(
    (name) => `${name} ${inSeconds(spent[`${name}Ms`] / 1000)}`,
  );
  return [make('small', { textContent: phases.join(' · ') })];
};
