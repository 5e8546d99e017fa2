/** A lamp as big as a word: twelve LEDs in a ring, drawn by the renderer that the lamps themselves use. */
import { useEffect, useRef } from 'preact/hooks';
import { isMoving, renderShow } from '../../../../protocol/effect.ts';
import type { Show } from '../../../../protocol/show.ts';
import { ledsOf, seen } from '../board/color.ts';
import { lookWords } from './words.ts';

const leds = 12;
const calm = matchMedia('(prefers-reduced-motion: reduce)');

export interface RingProps {
  /** Nothing: a lamp of which nobody knows what it shows. */
  show: Show | null;
  /** CSS pixels */
  size?: number;
  label?: string;
}

export function Ring({ show, size = 36, label }: RingProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => draw(canvas.current!, size, show), [show, size]);
  return <canvas ref={canvas} class="ring" role="img" aria-label={label ?? (show ? lookWords(show) : '–')} />;
}

/** Draws once, or on each frame while the show moves; the result ends it. */
function draw(canvas: HTMLCanvasElement, size: number, show: Show | null): () => void {
  const scale = Math.min(2, devicePixelRatio);
  canvas.width = canvas.height = size * scale;
  canvas.style.width = canvas.style.height = `${size}px`;
  const context = canvas.getContext('2d')!;
  context.scale(scale, scale);
  const bytes = new Uint8Array(leds * 3);
  const moving = show !== null && !calm.matches && isMoving(show);
  let request = 0;

  function frame(now: number): void {
    if (show) renderShow(show, calm.matches ? 0 : now, bytes);
    // The moment 0 of a pulse is its darkest: whoever wants no motion sees the colour at its fullest.
    if (show?.state === 'ON' && calm.matches && show.effect !== 'off')
      renderShow({ ...show, effect: 'solid' }, 0, bytes);
    paint(context, size, bytes);
    if (moving) request = requestAnimationFrame(frame);
  }
  frame(performance.now());
  return () => cancelAnimationFrame(request);
}

function paint(context: CanvasRenderingContext2D, size: number, bytes: Uint8Array): void {
  const middle = size / 2;
  context.clearRect(0, 0, size, size);
  context.fillStyle = '#1b1d21';
  context.beginPath();
  context.arc(middle, middle, middle, 0, Math.PI * 2);
  context.fill();
  ledsOf(bytes).forEach((led, index) => {
    const { css, strength } = seen(led);
    const turn = (index / leds) * Math.PI * 2;
    context.globalAlpha = strength;
    context.fillStyle = css;
    context.beginPath();
    context.arc(
      middle + Math.sin(turn) * middle * 0.62,
      middle - Math.cos(turn) * middle * 0.62,
      size * 0.115,
      0,
      Math.PI * 2,
    );
    context.fill();
  });
  context.globalAlpha = 1;
}
