export type Row = {
  readonly top: number;
  readonly height: number;
  /** The first picture of the row, and the one after its last. */
  readonly from: number;
  readonly to: number;
};

/** Rows of one width, as photographs are hung: each picture keeps its shape, and each row is about as high as wanted. */
export const justify = (
  ratios: readonly number[],
  { width, rowHeight, gap }: { readonly width: number; readonly rowHeight: number; readonly gap: number },
): readonly Row[] => {
  const rows: Row[] = [];
  let [from, top, sum] = [0, 0, 0];
  const close = (to: number, height: number) => {
    rows.push({ top, height, from, to });
    [from, top, sum] = [to, top + height + gap, 0];
  };
  for (const [at, ratio] of ratios.entries()) {
    sum += ratio;
    const room = width - gap * (at - from);
    if (sum * rowHeight >= room) close(at + 1, room / sum);
  }
  // The pictures of the last row are no larger than the others.
  if (from < ratios.length) close(ratios.length, rows.at(-1)?.height ?? rowHeight);
  return rows;
};

/** The rows that touch a part of the list, by halving: from the first, to the one after the last. */
export const rowsBetween = (rows: readonly Row[], from: number, to: number): readonly [number, number] => [
  firstRow(rows, ({ top, height }) => top + height > from),
  firstRow(rows, ({ top }) => top >= to),
];

const firstRow = (rows: readonly Row[], holds: (row: Row) => boolean): number => {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle];
    if (row && holds(row)) high = middle;
    else low = middle + 1;
  }
  return low;
};
