/**
 * How a lamp over a door lights the wall, the door and the floor: computed once, then only tinted.
 * Lengths are centimetres; x from the door's middle, y up from the floor, z out of the wall. What is drawn below
 * the floor line is the floor, seen at a slant.
 */

/** The piece of corridor that one picture shows. Its shape is also in page.css, at `.picture canvas`. */
export const view = { width: 460, top: 300, floor: 70 };
export const door = { width: 92, height: 208, frame: 7, depth: 9 };
export const lamp = { y: 243, z: 34, radius: 14 };

/** The share of the lamp's light that comes back from each surface; the wall is white plaster, the door dark wood. */
const albedo = { wall: 0.62, frame: 0.8, leaf: 0.3, skirting: 0.5, floor: 0.5 };
const exposure = 3000;
/** Light that went around the corridor once, relative to the direct light before exposure. */
const bounce = 0.3e-5;

const half = door.width / 2;
const outer = half + door.frame;

/** Light arriving at a point of a surface whose normal is `axis`, by Lambert's law and the inverse square. */
function irradiance(x: number, y: number, z: number, axis: 'y' | 'z'): number {
  const dy = lamp.y - y;
  const dz = lamp.z - z;
  const square = x * x + dy * dy + dz * dz;
  return (axis === 'z' ? dz : dy) / (square * Math.sqrt(square)) + bounce;
}

const smooth = (from: number, to: number, at: number) => {
  const t = Math.min(1, Math.max(0, (at - from) / (to - from)));
  return t * t * (3 - 2 * t);
};

/** What a point of the wall sends to the eye, before exposure. */
function upright(x: number, y: number): number {
  const ax = Math.abs(x);
  if (ax < half && y < door.height) {
    // The leaf lies deeper than the wall, so the frame's head and the near jamb throw a soft shadow on it.
    const slope = lamp.z / (lamp.z + door.depth);
    const shadow = smooth(door.height + 5, door.height - 5, lamp.y + (y - lamp.y) * slope);
    const edge = smooth(half, half - 2.5, ax);
    return albedo.leaf * irradiance(x, y, -door.depth, 'z') * shadow * (0.55 + 0.45 * edge);
  }
  if (ax < outer && y < door.height + door.frame) {
    const topEdge = y > door.height + door.frame - 1.4 ? 1.5 : 1;
    return albedo.frame * topEdge * irradiance(x, y, 2, 'z');
  }
  // The frame stands off the wall and keeps a narrow strip beside it in shade.
  const besideFrame = y < door.height ? 0.72 + 0.28 * smooth(outer, outer + 5, ax) : 1;
  if (y < 9) return albedo.skirting * (y > 7.8 ? 1.7 : 1) * besideFrame * irradiance(x, y, 1.5, 'z');
  return albedo.wall * besideFrame * irradiance(x, y, 0, 'z');
}

/** What a point of the floor sends: its own matt light and a dull mirror image of the wall above it. */
function floor(x: number, down: number): number {
  const z = (down * 150) / (120 - down);
  const mirror = upright(x * (1 - down / 900), down * 2.2) * (0.55 - (0.45 * down) / view.floor);
  return albedo.floor * 1.6 * irradiance(x, 0, z, 'y') + mirror;
}

/** 0 to 1: how bright a fully lit white lamp makes this point, fading out before the picture's edge. */
export function brightness(x: number, y: number): number {
  const sent = y >= 0 ? upright(x, y) : floor(x, -y);
  const window =
    smooth(view.width / 2, view.width / 2 - 110, Math.abs(x)) *
    smooth(-view.floor, -view.floor * 0.15, y) *
    smooth(view.top, view.top - 40, y);
  return (1 - Math.exp(-exposure * sent)) ** 0.82 * window;
}

/**
 * The lit picture as a white image whose alpha is the brightness, `scale` pixels per centimetre. A little noise keeps
 * eight bits from showing steps in the dark, and passes for plaster. Half a million points on a phone that is just
 * opening the page: so only one half is computed, its mirror image is the other, and the noise comes from a table.
 */
export function createLightMap(scale: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  const width = Math.round(view.width * scale);
  canvas.width = width;
  canvas.height = Math.round((view.top + view.floor) * scale);
  const context = canvas.getContext('2d')!;
  const image = context.createImageData(width, canvas.height);
  const { data } = image;
  data.fill(255);
  const noise = createNoise();
  const speckled = (light: number, column: number, row: number) =>
    light * (0.985 + noise(column, row) * 0.03) + noise(row, column) - 0.5;
  for (let row = 0; row < canvas.height; row += 1) {
    const y = view.top - (row + 0.5) / scale;
    for (let left = 0; left < width / 2; left += 1) {
      const right = width - 1 - left;
      const light = brightness((right + 0.5 - width / 2) / scale, y) * 255;
      data[(row * width + left) * 4 + 3] = speckled(light, left, row);
      data[(row * width + right) * 4 + 3] = speckled(light, right, row);
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** 0 to 1, the same for the same point, from a tile of 128 by 128 points. */
function createNoise(): (a: number, b: number) => number {
  const tile = new Float32Array(1 << 14);
  for (let at = 0; at < tile.length; at += 1) {
    const wave = Math.sin((at & 127) * 12.9898 + (at >> 7) * 78.233) * 43758.5453;
    tile[at] = wave - Math.floor(wave);
  }
  return (a, b) => tile[(a & 127) | ((b & 127) << 7)]!;
}
