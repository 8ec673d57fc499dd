import { reactPicture } from 'darkroom-images-client/react';
import Image from 'next/image';
import { createElement } from 'react';
import image from '../image.json';

const Picture = reactPicture(createElement);
// Of the API's answer about an image, `ready`; here it lies in a file.
const version = image.manifest.replace('/manifest.json', '');

export default function Page() {
  return (
    <main>
      <Picture image={image} alt="The market" sizes="50vw" className="hero" loading="eager" fetchPriority="high" />
      <Image src={version} width={image.width} height={image.height} sizes="50vw" alt="The market" />
    </main>
  );
}
