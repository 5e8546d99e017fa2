import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

/** Every relative import of a file, as a path from the root. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!);
  return found.map((name) => (name.startsWith('.') ? normalize(join(dirname(file), name)) : name));
}

const isNpm = (name: string) => !/^(protocol|bridge|simulator|firmware-js|test)\//.test(name);

/** Which room may import from which; design: protocol at the bottom, pure rooms above it, edges meet in bridge.ts. */
const rooms: { room: string; may: RegExp }[] = [
  { room: 'protocol', may: /^protocol\// },
  { room: 'bridge/presence', may: /^(protocol|bridge\/presence)\// },
  { room: 'bridge/lighting', may: /^(protocol|bridge\/lighting)\// },
  { room: 'bridge/web/page', may: /^(protocol|bridge\/web\/page)\// },
  { room: 'bridge/control', may: /^(protocol|bridge\/(control|presence))\// },
  { room: 'bridge/config', may: /^(protocol|bridge\/config)\// },
  { room: 'bridge/graph', may: /^(protocol\/|bridge\/(graph|config|presence)\/|bridge\/(log|store)\.ts)/ },
  {
    room: 'bridge/check',
    may: /^(protocol\/|bridge\/(check|config|graph|lights|web)\/|bridge\/(log|store|lock|start-error)\.ts)/,
  },
  { room: 'bridge/mqtt', may: /^(protocol\/|bridge\/(mqtt|config)\/|bridge\/(log|store|start-error)\.ts)/ },
  {
    room: 'bridge/lights',
    may: /^(protocol\/|bridge\/(lights|config)\/|bridge\/log\.ts)/,
  },
  {
    room: 'bridge/web',
    may: /^(protocol\/|bridge\/web\/|bridge\/control\/(lamp-)?schemas\.ts|bridge\/(log|store)\.ts)/,
  },
  { room: 'firmware-js', may: /^(protocol|firmware-js)\// },
  { room: 'simulator', may: /^(protocol|simulator)\// },
];

describe('the house', () => {
  it.each(rooms)('$room imports only from where it may', ({ room, may }) => {
    const wrong = sources(room)
      .filter((file) => room.includes('page') || !file.startsWith('bridge/web/page'))
      .flatMap((file) =>
        importsOf(file)
          .filter((name) => !isNpm(name) && !may.test(name))
          .map((name) => `${file} imports ${name}`),
      );
    expect(wrong).toEqual([]);
  });

  it('keeps protocol, presence and lighting free of packages', () => {
    const wrong = ['protocol', 'bridge/presence', 'bridge/lighting'].flatMap(sources).flatMap((file) =>
      importsOf(file)
        .filter(isNpm)
        .map((name) => `${file} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  it('lets only commands reach the simulator', () => {
    const wrong = sources('bridge')
      .filter((file) => !file.startsWith('bridge/commands/'))
      .flatMap((file) => importsOf(file).filter((name) => name.startsWith('simulator/')));
    expect(wrong).toEqual([]);
  });

  it('reads real imports', () => {
    expect(importsOf('bridge/bridge.ts')).toContain('bridge/lighting/director.ts');
    expect(importsOf('protocol/show.ts')).toContain('protocol/status.ts');
  });
});
