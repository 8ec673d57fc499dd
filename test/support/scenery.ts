import sharp from 'sharp';

/** Landscapes that are drawn: pleasant to look at, the same each time, and taken by no camera. */

const palettes = [
  ['#1d2b53', '#7e5a9b', '#f2a07b', '#ffe0a8', '#1a1526'],
  ['#0f4c5c', '#5aa9a6', '#cfe8d5', '#fff6d6', '#0b2b33'],
  ['#3a1c47', '#a4345b', '#f0724e', '#ffd28a', '#200d28'],
  ['#22577a', '#57a5c9', '#c7f0f5', '#ffffff', '#12303f'],
  ['#283618', '#7a8f45', '#d9d69b', '#fefae0', '#161d0c'],
  ['#432818', '#99582a', '#e2a96b', '#ffe6b8', '#21130a'],
  ['#10121f', '#2f3a66', '#6f7fb8', '#d4dcf7', '#07080f'],
] as const;

/** A number from 0 to 1 that looks like chance and is the same each time. */
const dice = (seed: number) => {
  let state = Math.imul(seed + 1, 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
};

const mixed = (from: string, to: string, share: number): string => {
  const part = (color: string, at: number) => Number.parseInt(color.slice(1 + 2 * at, 3 + 2 * at), 16);
  const channels = [0, 1, 2].map((at) => Math.round(part(from, at) * (1 - share) + part(to, at) * share));
  return `#${channels.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
};

const ridge = (width: number, base: number, rise: number, roll: () => number): string => {
  const waves = Array.from({ length: 7 }, (_, at) => ({
    pitch: (at + 1) * (0.6 + roll()),
    phase: roll() * 7,
    height: rise / (at + 1) ** 1.2,
  }));
  const points = Array.from({ length: 121 }, (_, at) => {
    const x = at / 120;
    const y = waves.reduce((sum, { pitch, phase, height }) => sum + height * Math.sin(6.3 * pitch * x + phase), 0);
    return `${(x * width).toFixed(1)} ${(base - y).toFixed(1)}`;
  });
  return points.join('L');
};

export const scenery = (number: number, width: number, height: number): Promise<Buffer> => {
  const roll = dice(number);
  const [high, middle, low, sun, near] = palettes[number % palettes.length] ?? palettes[0];
  const horizon = height * (0.45 + 0.2 * roll());
  const [sunX, sunY, radius] = [
    width * (0.2 + 0.6 * roll()),
    horizon - height * (0.02 + 0.25 * roll()),
    height * 0.055,
  ];
  const count = 5;
  const hills = Array.from({ length: count }, (_, at) => {
    const depth = at / (count - 1);
    const base = horizon + (height - horizon) * (0.12 + 0.85 * depth * depth);
    const color = mixed(mixed(low, middle, 0.5), near, 0.2 + 0.8 * depth);
    return `<path fill="${color}" d="M0 ${height}L${ridge(width, base, height * (0.05 + 0.05 * roll()), roll)}L${width} ${height}Z"/>`;
  });
  const stars = Array.from({ length: number % palettes.length === 6 ? 120 : 0 }, () => {
    const [x, y] = [roll() * width, roll() * horizon];
    return `<circle cx="${x}" cy="${y}" r="${(0.5 + 1.5 * roll()) * (width / 1200)}" fill="#fff" opacity="${0.3 + 0.7 * roll()}"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs>
      <linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${high}"/><stop offset=".5" stop-color="${middle}"/><stop offset=".85" stop-color="${low}"/><stop offset="1" stop-color="${sun}"/></linearGradient>
      <radialGradient id="glow"><stop offset="0" stop-color="${sun}" stop-opacity=".9"/><stop offset=".2" stop-color="${sun}" stop-opacity=".4"/><stop offset=".5" stop-color="${sun}" stop-opacity=".12"/><stop offset="1" stop-color="${sun}" stop-opacity="0"/></radialGradient>
    </defs>
    <rect width="${width}" height="${height * 0.85}" fill="url(#sky)"/>${stars.join('')}
    <circle cx="${sunX}" cy="${sunY}" r="${radius * 7}" fill="url(#glow)"/><circle cx="${sunX}" cy="${sunY}" r="${radius}" fill="${sun}"/>
    ${hills.join('')}
  </svg>`;
  return sharp(Buffer.from(svg)).flatten({ background: near }).jpeg({ quality: 90 }).toBuffer();
};
