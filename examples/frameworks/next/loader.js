import { nextLoader } from 'darkroom-images-client/picture';

// <Image src="https://pictures.example/images/{id}/v1" width={640} height={427} sizes="50vw" alt="The market" />
export default nextLoader();
