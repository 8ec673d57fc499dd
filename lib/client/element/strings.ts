/** What `<darkroom-upload>` says. Words in braces are filled in. Every sentence can be replaced. */
export const english = {
  drop: 'Drop pictures anywhere on this page',
  or: 'or paste them',
  choose: 'Choose pictures',
  folder: 'Choose a folder',
  camera: 'Take a photo',
  limits: '{types}, up to {size} each',
  list: 'Uploads',
  cancel: 'Cancel',
  retry: 'Try again',
  remove: 'Remove from the list',
  clear: 'Clear finished',
  retryAll: 'Retry failed',
  actionOn: '{action}: {name}',
  progressOf: 'Progress of {name}',
  total: '{done} of {all} ready',
  totalFailed: '{done} of {all} ready, {failed} not',
  waiting: 'Waiting for its turn',
  checking: 'Checking',
  uploading: 'Uploading {percent}',
  processing: 'Making variants {percent}',
  offline: 'Waiting for the network',
  offlineUploaded: 'Uploaded; waiting for the network',
  ready: 'Ready · {width} × {height}',
  cancelled: 'Cancelled',
  interrupted: 'Interrupted by a reload. Choose the file again.',
  added: '{count} added',
  stillUploading: 'Some pictures are still uploading.',
  required: 'Upload a picture.',
  empty: 'The file is empty. If it comes from a cloud folder, download it first.',
  unreadable: 'The browser could not read it. Choose it again, and check that it may be read.',
  tooLarge: '{size}; at most {limit}.',
  tooSmall: '{width} × {height} pixels; at least {limit}.',
  tooBig: '{width} × {height} pixels; at most {limit}.',
  tooManyPixels: '{width} × {height} pixels; as {format} at most {limit} megapixels.',
  notAPicture: 'Not a picture. Choose {types}.',
  heic: 'HEIC, the format of iPhone photos, is not accepted. Export it as JPEG, or on the iPhone choose Settings, Camera, Formats, Most Compatible.',
  svg: 'SVG is not accepted. Export it as PNG.',
  format: '{format} is not accepted. Export it as {types}.',
  /** By the code of an error; what is not listed is said as the service said it. */
  errors: {
    unauthorized: 'The service needs a valid key.',
    unreachable:
      'The service cannot be reached. Check the connection, and that the service allows pages of this origin.',
  } as Readonly<Record<string, string>>,
};

export type Strings = typeof english;

export const german: Strings = {
  drop: 'Bilder irgendwo auf diese Seite ziehen',
  or: 'oder einfügen',
  choose: 'Bilder auswählen',
  folder: 'Ordner auswählen',
  camera: 'Foto aufnehmen',
  limits: '{types}, je bis {size}',
  list: 'Hochgeladene Bilder',
  cancel: 'Abbrechen',
  retry: 'Noch einmal',
  remove: 'Aus der Liste nehmen',
  clear: 'Fertige ausblenden',
  retryAll: 'Fehlgeschlagene wiederholen',
  actionOn: '{action}: {name}',
  progressOf: 'Fortschritt von {name}',
  total: '{done} von {all} fertig',
  totalFailed: '{done} von {all} fertig, {failed} nicht',
  waiting: 'Wartet',
  checking: 'Wird geprüft',
  uploading: 'Wird hochgeladen {percent}',
  processing: 'Varianten entstehen {percent}',
  offline: 'Wartet auf das Netz',
  offlineUploaded: 'Hochgeladen; wartet auf das Netz',
  ready: 'Fertig · {width} × {height}',
  cancelled: 'Abgebrochen',
  interrupted: 'Durch Neuladen unterbrochen. Bitte die Datei noch einmal auswählen.',
  added: '{count} hinzugefügt',
  stillUploading: 'Einige Bilder werden noch hochgeladen.',
  required: 'Bitte ein Bild hochladen.',
  empty: 'Die Datei ist leer. Liegt sie in einem Cloud-Ordner, bitte zuerst herunterladen.',
  unreadable: 'Der Browser konnte es nicht lesen. Bitte noch einmal auswählen, und prüfen, ob es gelesen werden darf.',
  tooLarge: '{size}; höchstens {limit}.',
  tooSmall: '{width} × {height} Pixel; mindestens {limit}.',
  tooBig: '{width} × {height} Pixel; höchstens {limit}.',
  tooManyPixels: '{width} × {height} Pixel; als {format} höchstens {limit} Megapixel.',
  notAPicture: 'Kein Bild. Möglich sind {types}.',
  heic: 'HEIC, das Format von iPhone-Fotos, wird nicht angenommen. Bitte als JPEG exportieren oder am iPhone Einstellungen, Kamera, Formate, Maximale Kompatibilität wählen.',
  svg: 'SVG wird nicht angenommen. Bitte als PNG exportieren.',
  format: '{format} wird nicht angenommen. Bitte als {types} exportieren.',
  errors: {
    unauthorized: 'Der Dienst verlangt einen gültigen Schlüssel.',
    forbidden: 'Dieser Schlüssel erlaubt das nicht.',
    unreachable:
      'Der Dienst ist nicht erreichbar. Bitte die Verbindung prüfen, und ob der Dienst Seiten dieser Herkunft zulässt.',
    'unexpected-answer': 'Die Antwort kam nicht von Darkroom. Bitte die Adresse des Dienstes prüfen.',
    'invalid-request': 'Der Dienst versteht die Anfrage nicht.',
    'not-found': 'Das Bild gibt es nicht mehr.',
    conflict: 'Diese Anfrage wurde schon für etwas anderes gestellt. Bitte noch einmal versuchen.',
    'too-large': 'Die Datei ist zu groß.',
    'unsupported-type': 'Diese Art von Datei wird nicht angenommen.',
    unavailable: 'Der Dienst kann gerade nicht antworten. Bitte später noch einmal versuchen.',
    'too-many-requests': 'Zu viele Anfragen. Bitte später noch einmal versuchen.',
    'upload-refused': 'Die Datei wurde nicht angenommen. Bitte noch einmal versuchen.',
    expired: 'Die Zeit zum Hochladen ist abgelaufen. Bitte noch einmal versuchen.',
    'not-an-image': 'Die Datei ist kein Bild.',
    'type-mismatch': 'Die Datei ist nicht von der angegebenen Art.',
    corrupt: 'Die Datei ist beschädigt oder unvollständig. Bitte neu exportieren.',
    'unsupported-format': 'Dieses Format wird nicht angenommen.',
    'too-small': 'Das Bild hat zu wenige Pixel.',
    'too-big': 'Das Bild hat zu viele Pixel.',
    'too-many-frames': 'Die Animation hat zu viele Bilder.',
    'checksum-mismatch': 'Beim Hochladen ging etwas verloren. Bitte noch einmal versuchen.',
    'gave-up': 'Die Varianten konnten nicht gemacht werden. Am Bild liegt es nicht.',
  },
};

export const languages: Readonly<Record<string, Strings>> = { en: english, de: german };

/** A language as `Intl` takes it: `en_US` of a page is `en-US`, and what is no language is English. */
export const languageOf = (lang = ''): string => {
  try {
    return Intl.getCanonicalLocales(lang.replaceAll('_', '-'))[0] ?? 'en';
  } catch {
    return 'en';
  }
};

/** `Hello {name}` with its words; a word that is not given stays as it is. */
export const say = (text: string, words: Readonly<Record<string, string | number>> = {}): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => String(words[name] ?? whole));

/** In the units that people read, where a MB has 1024 KB as in the limits of the service. */
export const sizeText = (bytes: number, language: string, rounding: 'halfExpand' | 'ceil' = 'halfExpand'): string => {
  const [amount, unit] = bytes < 1024 ? [bytes, 'B'] : bytes < mega ? [bytes / 1024, 'KB'] : [bytes / mega, 'MB'];
  const style = { maximumFractionDigits: unit === 'MB' ? 1 : 0, roundingMode: rounding } as Intl.NumberFormatOptions;
  return `${new Intl.NumberFormat(language, style).format(amount)} ${unit}`;
};

const mega = 1024 * 1024;
