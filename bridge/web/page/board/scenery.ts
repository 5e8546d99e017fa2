/** The unlit door, its frame and the lamp's housing, in greys; in the centimetres of light-map.ts. */
import { door, lamp, view } from './light-map.ts';

const night = {
  frame: '#2b2d31',
  frameEdge: '#3a3c41',
  reveal: '#08090a',
  leafTop: '#1e2023',
  leafBottom: '#16171a',
  joint: '#101113',
  metal: '#55585e',
  housing: '#24262a',
  housingEdge: '#44474d',
  reflection: 0.5,
};

const day: typeof night = {
  frame: '#cbc7bd',
  frameEdge: '#dedad1',
  reveal: '#8f8b82',
  leafTop: '#b9b4a9',
  leafBottom: '#aca79c',
  joint: '#9b968b',
  metal: '#6d6a64',
  housing: '#8d8a83',
  housingEdge: '#6d6a64',
  reflection: 0.16,
};

export type Scheme = 'light' | 'dark';

/** Draws in centimetres with y up; `scale` is pixels per centimetre. */
export function createScenery(scale: number, scheme: Scheme): HTMLCanvasElement {
  const grey = scheme === 'light' ? day : night;
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(view.width * scale);
  canvas.height = Math.round((view.top + view.floor) * scale);
  const context = canvas.getContext('2d')!;
  context.setTransform(scale, 0, 0, -scale, canvas.width / 2, view.top * scale);
  drawDoor(context, grey);
  drawReflection(context, grey);
  drawHousing(context, grey);
  return canvas;
}

function drawDoor(context: CanvasRenderingContext2D, grey: typeof night): void {
  const { width, height, frame } = door;
  const box = (color: string | CanvasGradient, x: number, y: number, w: number, h: number) => {
    context.fillStyle = color;
    context.fillRect(x, y, w, h);
  };
  box(grey.frame, -width / 2 - frame, 0, width + 2 * frame, height + frame);
  box(grey.frameEdge, -width / 2 - frame, height + frame - 0.9, width + 2 * frame, 0.9);
  box(grey.reveal, -width / 2, 0, width, height);
  const wood = context.createLinearGradient(0, height, 0, 0);
  wood.addColorStop(0, grey.leafTop);
  wood.addColorStop(1, grey.leafBottom);
  box(wood, -width / 2 + 1.2, 0.8, width - 2.4, height - 2);
  box(grey.joint, -width / 2 + 1.2, 58, width - 2.4, 0.8);
  // The handle: a plate and a lever.
  box(grey.joint, width / 2 - 11.5, 97, 4, 17);
  box(grey.metal, width / 2 - 20, 106, 11, 1.8);
}

/** A polished floor keeps a little of the door. */
function drawReflection(context: CanvasRenderingContext2D, grey: typeof night): void {
  const outer = door.width / 2 + door.frame;
  const fade = context.createLinearGradient(0, 0, 0, -view.floor * 0.7);
  fade.addColorStop(0, `rgb(0 0 0 / ${grey.reflection})`);
  fade.addColorStop(1, 'rgb(0 0 0 / 0)');
  context.fillStyle = fade;
  context.fillRect(-outer, -view.floor, outer * 2, view.floor);
}

function drawHousing(context: CanvasRenderingContext2D, grey: typeof night): void {
  context.beginPath();
  context.arc(0, lamp.y, lamp.radius, 0, Math.PI * 2);
  context.fillStyle = grey.housing;
  context.fill();
  context.lineWidth = 0.8;
  context.strokeStyle = grey.housingEdge;
  context.stroke();
}
