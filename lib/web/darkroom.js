import { darkroom } from './client.js';

/** The page at `/`: what is dropped on it is uploaded, and shown as soon as it is ready. */

const drop = document.querySelector('#drop');
const files = document.querySelector('#files');
const uploads = document.querySelector('#uploads');
const template = document.querySelector('#upload');

files.addEventListener('change', () => {
  for (const file of files.files) start(file);
  files.value = '';
});
for (const type of ['dragenter', 'dragover'])
  drop.addEventListener(type, (event) => {
    event.preventDefault();
    drop.classList.add('over');
  });
for (const type of ['dragleave', 'drop']) drop.addEventListener(type, () => drop.classList.remove('over'));
drop.addEventListener('drop', (event) => {
  event.preventDefault();
  for (const file of event.dataTransfer.files) start(file);
});
drop.addEventListener('submit', (event) => event.preventDefault());

const service = darkroom({ url: '', key: () => storedKey() });

const start = async (file) => {
  const row = addRow(file.name);
  try {
    row.say('Asking for a ticket …');
    row.show(await upload(file, ({ stage, done }) => row.report(stage, done)));
  } catch (error) {
    row.fail(error.message);
  }
};

/** Asks for the key of a service that needs one. */
const upload = async (file, onProgress) => {
  const key = storedKey();
  try {
    return await service.upload(file, { onProgress });
  } catch (error) {
    if (error.code !== 'unauthorized' || !(storedKey() !== key || askForKey())) throw error;
    return upload(file, onProgress);
  }
};

/** Kept until the tab is closed, and nowhere else. */
const storedKey = () => sessionStorage.getItem('key') ?? undefined;
const askForKey = () => {
  const key = prompt('This Darkroom asks for an API key.')?.trim();
  if (key) sessionStorage.setItem('key', key);
  return Boolean(key);
};

const stages = { uploading: 'Uploading', processing: 'Making variants' };

const addRow = (name) => {
  const item = template.content.firstElementChild.cloneNode(true);
  uploads.prepend(item);
  const bar = item.querySelector('progress');
  const status = item.querySelector('[role=status]');
  item.querySelector('h2').textContent = name;
  bar.setAttribute('aria-label', `Progress of ${name}`);
  const say = (text) => {
    status.textContent = text;
  };
  return {
    report: (stage, done) => {
      bar.value = (stage === 'uploading' ? done : 1 + done) / 2;
      say(`${stages[stage]} … ${Math.round(done * 100)} %`);
    },
    say,
    fail: (message) => {
      bar.remove();
      item.classList.add('failed');
      say(message);
    },
    show: ({ ready }) => {
      bar.remove();
      const { variants, picture, width, height } = ready;
      say(`Ready: ${variants.length} files of a picture of ${width} × ${height} pixels.`);
      item.querySelector('.picture').append(pictureElement(picture, name));
      const details = item.querySelector('details');
      details.querySelector('summary').textContent = `All ${variants.length} files`;
      details.querySelector('tbody').append(...variants.map(variantRow));
      details.hidden = false;
    },
  };
};

const pictureElement = ({ sources, img }, alt) => {
  const picture = document.createElement('picture');
  for (const { type, srcset } of sources)
    picture.append(
      Object.assign(document.createElement('source'), { type, srcset, sizes: '(max-width: 60rem) 100vw, 60rem' }),
    );
  const { src, width, height } = img;
  picture.append(Object.assign(document.createElement('img'), { src, width, height, alt }));
  return picture;
};

const variantRow = ({ name, format, width, height, bytes, url }) => {
  const row = document.createElement('tr');
  const link = Object.assign(document.createElement('a'), { href: url, textContent: `${name}.${format}` });
  row.insertCell().append(link);
  row.insertCell().textContent = `${width} × ${height}`;
  row.insertCell().textContent = bytes.toLocaleString();
  return row;
};
