/** Files as they come to a page: dropped (folders too), pasted, chosen. */

export type FileIntake = {
  /** Whether a drop beside the element counts too. */
  readonly takesPage: () => boolean;
  readonly take: (files: readonly File[]) => void;
  readonly over: (isOver: boolean) => void;
};

type Listener = { readonly element: HTMLElement } & Pick<FileIntake, 'takesPage'>;
/** Of several elements, the first that wants it takes what is dropped beside them. */
const listeners: Listener[] = [];

/**
 * Listens to the whole page until the signal ends it: a drop that misses must not open the file and leave the page. What
 * the page around the element has taken, or has a field for, stays with it.
 */
export const listen = (element: HTMLElement, intake: FileIntake, signal: AbortSignal): void => {
  const own: Listener = { element, takesPage: intake.takesPage };
  listeners.push(own);
  signal.addEventListener('abort', () => listeners.splice(listeners.indexOf(own), 1));
  const isOurs = (event: Event) => {
    const target = listeners.find((one) => event.composedPath().includes(one.element));
    if (target) return target === own;
    return listeners.find((one) => one.takesPage()) === own && !event.defaultPrevented && !hasField(event);
  };
  let depth = 0;
  const leave = () => {
    depth = 0;
    intake.over(false);
  };
  const on = <Name extends keyof DocumentEventMap>(name: Name, act: (event: DocumentEventMap[Name]) => void) =>
    document.addEventListener(name, act, { signal });

  on('dragenter', (event) => {
    if (hasFiles(event.dataTransfer) && ++depth === 1) intake.over(true);
  });
  on('dragleave', (event) => {
    if (hasFiles(event.dataTransfer) && --depth <= 0) leave();
  });
  on('dragover', (event) => {
    const { dataTransfer } = event;
    if (!dataTransfer || !hasFiles(dataTransfer) || !isOurs(event)) return;
    event.preventDefault();
    dataTransfer.dropEffect = 'copy';
  });
  on('drop', (event) => {
    const { dataTransfer } = event;
    if (!dataTransfer || !hasFiles(dataTransfer)) return;
    leave();
    if (!isOurs(event)) return;
    event.preventDefault();
    void dropped(dataTransfer).then(intake.take);
  });
  on('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0 || !isOurs(event)) return;
    event.preventDefault();
    intake.take(files);
  });
  // At the window, after all that the page does with it.
  const stay = (event: DragEvent) => {
    if (!hasFiles(event.dataTransfer) || event.defaultPrevented || hasField(event)) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = 'none';
  };
  addEventListener('dragover', stay, { signal });
  addEventListener('drop', stay, { signal });
};

/** Whether the browser itself has something to do with it there. */
const hasField = (event: Event): boolean => {
  const [target] = event.composedPath();
  if (!(target instanceof HTMLElement)) return false;
  if (event.type === 'paste') return target.isContentEditable || target.matches('input, textarea');
  return target.matches('input[type=file]:not(:disabled)');
};

const hasFiles = (transfer: DataTransfer | null): boolean => transfer?.types.includes('Files') ?? false;

/** The entries have to be asked for before the event is over; what is in folders is found afterwards. */
const dropped = async (transfer: DataTransfer): Promise<readonly File[]> => {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  const files = [...transfer.files];
  if (!entries.some((entry) => entry?.isDirectory)) return files;
  return (await Promise.all(entries.map((entry) => (entry ? filesIn(entry) : [])))).flat();
};

const filesIn = async (entry: FileSystemEntry): Promise<readonly File[]> => {
  const found: File[] = [];
  try {
    if (entry.isFile)
      return [await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))];
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    // A reader hands out a hundred at a time.
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
      if (some.length === 0) return visible(found);
      for (const one of some) found.push(...(await filesIn(one)));
    }
  } catch {
    // Gone meanwhile, or not allowed: the others are taken, and this one says so in the list.
    const file = new File([], entry.name);
    unreadable.add(file);
    return visible([...found, file]);
  }
};

/** Stand for what the browser could not read. */
const unreadable = new WeakSet<Blob>();
export const isUnreadable = (file: Blob): boolean => unreadable.has(file);

/** A folder holds files that no person put there, such as .DS_Store. */
export const visible = (files: readonly File[]): readonly File[] =>
  files.filter(({ name }) => !name.startsWith('.') && name !== 'Thumbs.db');
