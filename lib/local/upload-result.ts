/** How a PUT of an original ended, told from the status of its answer. */
export const uploadResults = ['stored', 'refused', 'taken', 'broken', 'unavailable', 'aborted'] as const;
export type UploadResult = (typeof uploadResults)[number];

/** `status` is undefined when the sender went away before there was an answer. */
export const uploadResult = (status: number | undefined): UploadResult => {
  if (status === undefined) return 'aborted';
  if (status === 200) return 'stored';
  if (status === 412) return 'taken';
  // The bytes did not fit the ticket: too few, or others than declared.
  if (status === 400) return 'broken';
  return status >= 500 ? 'unavailable' : 'refused';
};
