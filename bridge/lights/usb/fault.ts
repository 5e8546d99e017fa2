/** Why a device cannot be opened, in words that say what to do. */
import { readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { reasonOf } from '../../log.ts';

/** An operating system's error -> the rest of a sentence that begins with the device. */
export function faultOf(error: unknown, path: string): string {
  const { code } = error as NodeJS.ErrnoException;
  const text = reasonOf(error);
  if (code === 'EACCES' || code === 'EPERM' || /permission denied|not permitted/i.test(text)) {
    return `may not be opened by the user ${userName()}: install the rules that "doorlight check --udev" prints and plug it in again, or run "sudo usermod -aG dialout ${userName()}" and log in again`;
  }
  if (code === 'EBUSY' || /busy|cannot lock port|resource temporarily unavailable/i.test(text)) {
    const pid = holderOf(path);
    return pid === process.pid
      ? 'is another light of this bridge already, by another name: one device is one light'
      : `is held by another program${nameOf(pid)}: end that program; ModemManager and brltty also take serial ports`;
  }
  if (/inappropriate ioctl|not a tty/i.test(text)) return "is no serial port: name the light's own device";
  if (code === 'ENOENT' || /no such (file|device)/i.test(text)) return 'is gone';
  return text.startsWith('needs ') ? text : `cannot be opened (${text})`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'of this process');
  }
}

/** Who has locked the node, from /proc/locks. */
function holderOf(path: string): number | undefined {
  try {
    const { ino } = statSync(path);
    const line = readFileSync('/proc/locks', 'utf8')
      .split('\n')
      .find((lock) => lock.includes('FLOCK') && new RegExp(`:${ino} `).test(lock));
    return Number(line?.trim().split(/\s+/)[4]) || undefined;
  } catch {
    return undefined;
  }
}

/** Only a process of the same user can be named. */
function nameOf(pid: number | undefined): string {
  try {
    return pid === undefined ? '' : ` (${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()}, process ${pid})`;
  } catch {
    return '';
  }
}
