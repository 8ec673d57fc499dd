/** What a page of metrics says: the value of each series, by its name with its labels as they are written. */
export const seriesOf = (page: string): ReadonlyMap<string, number> =>
  new Map(
    page
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );

export const scrape = async (url: string, key?: string): Promise<ReadonlyMap<string, number>> => {
  const answer = await fetch(`${url}/metrics`, {
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
  });
  if (answer.status !== 200) throw new Error(`the metrics answered ${answer.status}`);
  return seriesOf(await answer.text());
};
