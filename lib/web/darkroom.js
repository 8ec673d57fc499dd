/** The page at `/`: ticket, PUT, wait, show. */

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

const start = async (file) => {
  const row = addRow(file.name);
  try {
    row.say('Asking for a ticket …');
    const ticket = await call('POST', '/v1/images', {
      contentType: file.type || 'application/octet-stream',
      bytes: file.size,
      filename: file.name,
    });
    await put(ticket.upload, file, (sent) => {
      row.progress(sent / 2);
      row.say(`Uploading … ${Math.round(sent * 100)} %`);
    });
    const image = await untilDone(ticket.links.self, (image) => {
      row.progress(0.5 + image.progress / 2);
      row.say(`Making variants … ${Math.round(image.progress * 100)} %`);
    });
    if (image.status === 'ready') row.show(image);
    else row.fail(image.error?.message ?? `This upload has ${image.status}.`);
  } catch (error) {
    row.fail(error.message);
  }
};

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
    say,
    progress: (value) => {
      bar.value = value;
    },
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

/** Fetch cannot tell how much of a body has been sent; XMLHttpRequest can. */
const put = ({ url, headers }, file, onProgress) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => onProgress(loaded / total);
    request.onload = () =>
      request.status === 200 ? resolve() : reject(new Error(`The store refused the file (${request.status}).`));
    request.onerror = () => reject(new Error('The connection broke. Try again.'));
    request.send(file);
  });

const untilDone = async (path, onProgress) => {
  for (let waitMs = 150; ; waitMs = Math.min(waitMs * 1.3, 2000)) {
    const image = await call('GET', path);
    if (['ready', 'failed', 'expired'].includes(image.status)) return image;
    onProgress(image);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
};

const call = async (method, path, body) => {
  const key = sessionStorage.getItem('key');
  const response = await fetch(path, {
    method,
    headers: { ...(body && { 'content-type': 'application/json' }), ...(key && { authorization: `Bearer ${key}` }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (response.status === 401 && (sessionStorage.getItem('key') !== key || askForKey()))
    return call(method, path, body);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail);
  return answer;
};

/** Kept until the tab is closed, and nowhere else. */
const askForKey = () => {
  const key = prompt('This Darkroom asks for an API key.')?.trim();
  if (key) sessionStorage.setItem('key', key);
  return Boolean(key);
};
