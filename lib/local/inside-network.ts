import { BlockList, isIP } from 'node:net';

/** Whether an address, or a name that always means this machine, cannot be one of the open Internet (RFC 6890). */
export const isInsideNetwork = (host: string): boolean => {
  const address = host.replace(/^\[|\]$/g, '').split('%')[0] ?? '';
  const family = isIP(address);
  if (family === 0) return /(^|\.)localhost\.?$/i.test(address);
  return inside.check(address, family === 4 ? 'ipv4' : 'ipv6');
};

const inside = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  inside.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of [
  ['::', 96],
  // IPv6 addresses that a translator or a tunnel maps to IPv4 ones.
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2001::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 9],
  ['ff00::', 8],
] as const)
  inside.addSubnet(network, prefix, 'ipv6');
