import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { attachment } from '../../lib/core/attachment.ts';

test.each([
  ['holiday.jpg', `attachment; filename="holiday.jpg"; filename*=UTF-8''holiday.jpg`],
  ['my photo.jpg', `attachment; filename="my photo.jpg"; filename*=UTF-8''my%20photo.jpg`],
  ['Übung.png', `attachment; filename="Ubung.png"; filename*=UTF-8''%C3%9Cbung.png`],
  ['写真.webp', `attachment; filename="__.webp"; filename*=UTF-8''%E5%86%99%E7%9C%9F.webp`],
  ['a"; filename=b.exe', `attachment; filename="a__ filename=b.exe"; filename*=UTF-8''a%22%3B%20filename%3Db.exe`],
  ["it's (1)*.gif", `attachment; filename="it's (1)*.gif"; filename*=UTF-8''it%27s%20%281%29%2A.gif`],
  ['a\r\nSet-Cookie: b', `attachment; filename="a__Set-Cookie: b"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20b`],
  ['../../etc/passwd', `attachment; filename=".._.._etc_passwd"; filename*=UTF-8''..%2F..%2Fetc%2Fpasswd`],
  ['broken \ud800.jpg', `attachment; filename="broken _.jpg"; filename*=UTF-8''broken%20%EF%BF%BD.jpg`],
])('%j is downloaded under its own name', (filename, header) => expect(attachment(filename)).toBe(header));

test('any name stays in its place and says the same as before', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (filename) => {
      const header = attachment(filename);
      expect(header).toMatch(/^attachment; filename="[ !#$&-.0-:<-[\]-~]*"; filename\*=UTF-8''[\w.~!%-]*$/);
      expect(decodeURIComponent(header.split("UTF-8''")[1] ?? '')).toBe(filename.toWellFormed());
    }),
  );
});
