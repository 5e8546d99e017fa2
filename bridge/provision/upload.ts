/** Writes a file into a board's Storage: small verified pieces, then the checksum of all of it. */
import { crc32 } from 'node:zlib';
import { type Console, literal } from './console.ts';
import { FlashError } from './flash-error.ts';

/** Collected in the board's memory before it goes to its flash, in bytes. */
const blockBytes = 1024;
/** Making room in a full Storage stops the board for seconds. */
const compactMs = 60_000;
const blockTries = 5;

/**
 * Makes the file on the board be these bytes; one that is already the same stays. What was half written before is
 * begun anew.
 * @param name at most 28 characters, as Espruino's Storage allows
 * @throws FlashError when the board stops answering, has no room or does not keep what it was given
 */
export async function uploadFile(
  board: Console,
  name: string,
  bytes: Uint8Array,
  onProgress: (done: number) => void = () => {},
): Promise<void> {
  await board.tell('var S=require("Storage"),b="",N=""');
  await board.ask(`N=${literal(Buffer.from(name))}`);
  if (await isThere(board, bytes)) return onProgress(bytes.length);
  await makeRoom(board, bytes.length);
  // A repeated piece must change nothing, for an answer can be lost as well as a question.
  await board.tell('function a(o,s){if(b.length==o)b+=s;return b.length}');
  await board.tell(`function r(o){return S.read(N,o,b.length)==b}`);
  await board.tell(`function w(o){r(o)||S.write(N,b,o,${bytes.length})}`);
  for (let at = 0; at < bytes.length; at += blockBytes) {
    await writeBlock(board, at, bytes.subarray(at, at + blockBytes), (done) => onProgress(at + done));
  }
  if (!(await isThere(board, bytes))) {
    throw new FlashError(
      'interrupted',
      `The board did not keep ${name} as it was sent: run the command again.`,
    );
  }
}

/** Removes a file from the board's Storage; nothing happens when it is not there. */
export async function eraseFile(board: Console, name: string): Promise<void> {
  await board.ask(`require("Storage").erase(${literal(Buffer.from(name))})`);
}

async function isThere(board: Console, bytes: Uint8Array): Promise<boolean> {
  const length = await board.ask('(S.read(N)||"").length');
  if (length !== String(bytes.length)) return false;
  return (await board.ask('E.CRC32(S.read(N))')) === String(crc32(bytes));
}

async function makeRoom(board: Console, bytes: number): Promise<void> {
  // Storage only adds to a file that is empty so far: a half-written one must go.
  await board.ask('S.erase(N)');
  const enough = async () => Number(await board.ask('S.getFree()')) > bytes + blockBytes;
  if (await enough()) return;
  await board.ask('S.compact()', { answerMs: compactMs, tries: 1 });
  if (await enough()) return;
  throw new FlashError(
    'espruino',
    `The board's Storage has no room for ${bytes} bytes: erase what it holds with require("Storage").eraseAll() in Espruino's console.`,
  );
}

async function writeBlock(
  board: Console,
  at: number,
  block: Uint8Array,
  onProgress: (done: number) => void,
): Promise<void> {
  for (let attempt = 0; attempt < blockTries; attempt++) {
    if (await sendBlock(board, block, onProgress)) {
      // The app that ran before may have set a watchdog, which nobody else feeds now.
      await board.tell('E.kickWatchdog()');
      await board.ask(`w(${at})`);
      if ((await board.ask(`r(${at})`)) === 'true') return;
    }
  }
  throw new FlashError(
    'interrupted',
    `The board got byte ${at} wrong ${blockTries} times: try another cable or USB socket, and run the command again.`,
  );
}

/** False when the board has not got it as it is. */
async function sendBlock(
  board: Console,
  block: Uint8Array,
  onProgress: (done: number) => void,
): Promise<boolean> {
  await board.ask('b=""');
  for (let at = 0; at < block.length; ) {
    const piece = pieceAt(block, at, board.room - `a(${at},)`.length);
    if ((await board.ask(`a(${at},${literal(piece)})`)) !== String(at + piece.length)) return false;
    at += piece.length;
    onProgress(at);
  }
  return (await board.ask('E.CRC32(b)')) === String(crc32(block));
}

/** As many bytes from `at` on as fit into a literal of `room` characters. */
function pieceAt(bytes: Uint8Array, at: number, room: number): Uint8Array {
  let end = Math.min(bytes.length, at + room);
  while (literal(bytes.subarray(at, end)).length > room) end--;
  return bytes.subarray(at, end);
}
