import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { recordedFrontier } from '../../bench/frontier-points.ts';
import { parseDrawing, svgOf } from '../../docs/pictures/draw.ts';
import { frontierSvg } from '../../docs/pictures/frontier.ts';
import { moves } from '../../lib/core/image.ts';

const folder = join(import.meta.dirname, '../../docs/pictures');
const textOf = (name: string) => readFileSync(join(folder, name), 'utf8');

describe('The pictures of the docs', () => {
  const names = readdirSync(folder).filter((name) => name.endsWith('.txt'));
  test.each(names)('are drawn from the text beside them: %s', (name) => {
    expect(textOf(name.replace('.txt', '.svg'))).toBe(svgOf(parseDrawing(textOf(name))));
  });

  test('have the frontier as it was measured', () => {
    expect(textOf('frontier.svg')).toBe(frontierSvg(recordedFrontier()));
  });

  test('show every move that a version can make, and no other', () => {
    const drawn = parseDrawing(textOf('life.txt')).arrows.map(({ from, to }) => `${from} > ${to}`);
    const real = Object.entries(moves).flatMap(([from, ends]) => ends.map((to) => `${from} > ${to}`));
    expect(drawn.sort()).toEqual(real.sort());
  });
});

test.each(['box a 0 zero  A', 'a -> b  text', 'nonsense'])(
  'a line that is neither box nor arrow is refused: %s',
  (line) => {
    expect(() => parseDrawing(line)).toThrow(line);
  },
);
