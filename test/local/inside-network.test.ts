import { expect, test } from '@jest/globals';
import { isInsideNetwork } from '../../lib/local/inside-network.ts';

const inside = [
  ...[
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.9.9',
  ],
  ...['192.168.0.1', '192.0.0.8', '198.18.0.1', '224.0.0.1', '255.255.255.255', '::', '::1', '[::1]', 'fe80::1%eth0'],
  ...['fc00::1', 'fd12:3456::1', 'ff02::1', '::ffff:127.0.0.1', '[::ffff:a00:1]', '::10.0.0.1', '64:ff9b::a00:1'],
  ...['2002:7f00:1::', 'localhost', 'LOCALHOST.', 'app.localhost'],
];
const outside = [
  ...['8.8.8.8', '100.128.0.1', '172.32.0.1', '172.15.255.255', '192.167.255.255', '223.255.255.255', '203.0.113.9'],
  ...['2606:4700::1111', '[2a00:1450::5]', '::ffff:8.8.8.8', 'app.example', 'localhost.example', 'notlocalhost'],
];

test.each(inside)('%s is inside the network', (host) => {
  expect(isInsideNetwork(host)).toBe(true);
});

test.each(outside)('%s is not inside the network', (host) => {
  expect(isInsideNetwork(host)).toBe(false);
});
