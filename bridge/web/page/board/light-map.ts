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
  return (axis === 'z' ? dz : dy) / square ** 1.5 + bounce;
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
 * eight bits from showing steps in the dark, and passes for plaster.
 */
export function createLightMap(scale: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(view.width * scale);
  canvas.height = Math.round((view.top + view.floor) * scale);
  const context = canvas.getContext('2d')!;
  const image = context.createImageData(canvas.width, canvas.height);
  for (let row = 0, at = 0; row < canvas.height; row += 1) {
    const y = view.top - (row + 0.5) / scale;
    for (let column = 0; column < canvas.width; column += 1, at += 4) {
      const x = (column + 0.5) / scale - view.width / 2;
      const light = brightness(x, y);
      image.data.fill(255, at, at + 3);
      image.data[at + 3] = light * 255 * (0.985 + grain(column, row) * 0.03) + grain(row, column) - 0.5;
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** 0 to 1, the same for the same point. */
function grain(a: number, b: number): number {
  const wave = Math.sin(a * 12.9898 + b * 78.233) * 43758.5453;
  return wave - Math.floor(wave);
}
