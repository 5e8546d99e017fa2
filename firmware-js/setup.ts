/**
 * The set-up network: an access point with the password that was printed when the lamp was flashed, and one form. A
 * file of its own, read only when the lamp finds no network that it knows, so that it takes no memory on other days.
 */
import { lampFiles } from '../protocol/lamp-admin.ts';

interface Network {
  ssid: string;
  password?: string;
}

const storage = require('Storage');
const wifi = require('Wifi');
const settings = JSON.parse(storage.read(lampFiles.settings) || '{}') as {
  id: string;
  networks?: Network[];
  setup: { password: string; port?: number };
};
const longestBody = 400;

function page(text: string): string {
  return (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">' +
    '<title>Doorlight</title><h1>Lamp ' +
    settings.id +
    '</h1>' +
    text
  );
}

const form =
  '<form method="post"><p><label>Wi-Fi<br><input name="ssid" maxlength="32" required></label>' +
  '<p><label>Password<br><input name="password" type="password" minlength="8" maxlength="63"></label>' +
  '<p><button>Save</button></form>';

/** The value of a field of a form as browsers send it, as UTF-8 bytes. */
function field(body: string, name: string): string {
  for (const part of body.split('&')) {
    if (!part.startsWith(name + '=')) continue;
    const coded = part.substr(name.length + 1);
    let text = '';
    for (let i = 0; i < coded.length; i++) {
      const char = coded[i]!;
      if (char === '%') {
        text += String.fromCharCode(parseInt(coded.substr(i + 1, 2), 16) || 32);
        i += 2;
      } else text += char === '+' ? ' ' : char;
    }
    return text;
  }
  return '';
}

/**
 * Puts the network first; the lamp tries it for a minute after the restart, then goes back to the others.
 * @throws what Storage throws when it is full
 */
function add(ssid: string, password: string): void {
  const network: Network = { ssid };
  if (password) network.password = password;
  const others = (settings.networks || []).filter((other) => other.ssid !== ssid).slice(0, 3);
  settings.networks = [network].concat(others);
  storage.write(lampFiles.reason, 'set-up network', 0, 0);
  storage.write(lampFiles.trial, JSON.stringify(settings), 0, 0);
  setTimeout(() => E.reboot(), 1500);
}

wifi.startAP('Doorlight-' + settings.id, { password: settings.setup.password, authMode: 'wpa2' }, (error) => {
  if (error) print('set-up network: ' + error);
});
require('http')
  .createServer((request, response) => {
    let body = '';
    let answered = false;

    function reply(status: number, text: string): void {
      if (answered) return;
      answered = true;
      response.writeHead(status, { 'Content-Type': 'text/html', Connection: 'close' });
      response.end(page(text));
    }

    function finish(): void {
      const ssid = field(body, 'ssid');
      const password = field(body, 'password');
      const good =
        ssid && ssid.length <= 32 && (!password || (password.length >= 8 && password.length <= 63));
      if (answered) return;
      if (!good) {
        reply(400, '<p>A name of 1 to 32 and a password of 8 to 63 characters, please.' + form);
        return;
      }
      try {
        add(ssid, password);
        reply(200, '<p>The lamp now tries ' + ssid.split('<').join('&lt;') + '.');
      } catch (_) {
        reply(500, '<p>The lamp has no room for that: flash it by cable.');
      }
    }

    if (request.method !== 'POST') {
      reply(200, form);
      return;
    }
    request.on('data', (data) => {
      body += data;
      if (body.length > longestBody) {
        body = '';
        reply(413, '<p>Too long.');
      } else if (body.length >= Number(request.headers['Content-Length'])) finish();
    });
    request.on('close', finish);
  })
  .listen(settings.setup.port || 80);
print('set-up network Doorlight-' + settings.id);
