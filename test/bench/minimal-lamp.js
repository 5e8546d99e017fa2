// The least that shows the same light and says the same of itself, on Espruino's own MQTT module: no proof of life, no
// check of what comes, no power cap, no effects, one kind of LED, and whatever fails stays so. The bench sets `lamp`.
var mqtt = require('MQTT').create('127.0.0.1', {
  port: lamp.port,
  client_id: 'doorlight-' + lamp.id,
  username: lamp.id,
  password: 'secret',
});
var own = 'doorlight/lights/' + lamp.id + '/';
var pixels = new Uint8Array(lamp.count * 3);
function light(byte, level) {
  return Math.ceil(Math.round(255 * Math.pow(byte / 255, 2.2)) * level);
}
mqtt.on('connected', () => {
  mqtt.subscribe(own + 'show', { qos: 1 });
});
mqtt.on('publish', (packet) => {
  var show = JSON.parse(packet.message);
  var level = show.brightness / 255;
  var r = light(show.color.r, level);
  var g = light(show.color.g, level);
  var b = light(show.color.b, level);
  for (let i = 0; i < pixels.length; i += 3) {
    pixels[i] = g;
    pixels[i + 1] = r;
    pixels[i + 2] = b;
  }
  require('neopixel').write(new Pin('D13'), pixels);
  show.override = null;
  show.fw = '0.1.0';
  show.board = process.env.BOARD;
  show.espruino = process.env.VERSION;
  show.slot = 'a';
  show.uptime = getTime() | 0;
  show.free = process.memory().free;
  show.error = null;
  show.lastError = null;
  show.restart = 'power';
  mqtt.publish(own + 'state', JSON.stringify(show), { qos: 1, retain: true });
});
mqtt.connect();
