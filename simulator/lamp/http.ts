/** Espruino's `http` server on Node's: headers as they were sent, text of one byte per character. */
import { createServer, type Server } from 'node:http';
import { createEvents } from './events.ts';

type Call = (run: () => void) => void;

export function createHttp(call: Call) {
  const servers = new Set<Server>();
  return {
    module: {
      createServer(run: (request: object, response: object) => void) {
        const server = createServer((request, response) => {
          const events = createEvents(call);
          const headers: Record<string, string> = {};
          for (let i = 0; i < request.rawHeaders.length; i += 2) {
            headers[request.rawHeaders[i]!] = request.rawHeaders[i + 1]!;
          }
          request.on('data', (data: Buffer) => events.emit('data', data.toString('latin1')));
          request.on('close', () => events.emit('close'));
          const seen = { method: request.method, url: request.url, headers, on: events.on };
          call(() =>
            run(seen, {
              writeHead: (status: number, more: Record<string, string>) =>
                void response.writeHead(status, { ...more }),
              end: (text: string) => void response.end(text, 'latin1'),
            }),
          );
        });
        server.on('error', () => {});
        servers.add(server);
        return { listen: (port: number) => void server.listen(port, '127.0.0.1') };
      },
    },
    stop(): void {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}
