import { buildVersitygw } from './s3-server.ts';

// Gets the server that `npm run test:objects` needs. Without Go, or without its modules, an emulator stands in.
try {
  await buildVersitygw();
} catch (error) {
  process.stdout.write(`versitygw cannot be built, so an emulator stands in: ${error}\n`);
}
