export const kindAccuracy = async (): Promise<string> => 'later';
