/** GET /metrics in the text format of Prometheus: with a token, or from this machine. No person is in a label. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Metric } from '../ports.ts';
import { Fault } from '../schemas.ts';

export function metricsRoute(
  app: FastifyInstance,
  metrics: () => Metric[],
  mayLook: (request: FastifyRequest) => boolean,
): void {
  app.get(
    '/metrics',
    {
      config: { access: 'open', produces: 'text/plain' },
      schema: {
        summary: 'Prometheus metrics; open to this machine, to others with a token',
        response: { 200: Type.String(), 401: Fault },
      },
    },
    (request, reply) => {
      // Behind a proxy on this machine everybody would come from here.
      const isHere = isLoopback(request.ip) && !proxyHeaders.some((name) => name in request.headers);
      if (!isHere && !mayLook(request)) {
        return reply.code(401).send({ error: 'Send an API token: Authorization: Bearer ….' });
      }
      return reply.type('text/plain; version=0.0.4; charset=utf-8').send(textOf(metrics()));
    },
  );
}

const proxyHeaders = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'];
const isLoopback = (ip: string): boolean => ip === '::1' || /^(::ffff:)?127\./.test(ip);

/** One block per metric (prometheus.io, "Exposition formats"). */
export function textOf(metrics: readonly Metric[]): string {
  return metrics
    .map(({ name, help, type, values }) => {
      const lines = values.map(({ value, suffix = '', ...labels }) => {
        const named = Object.entries(labels.labels ?? {}).map(
          ([key, text]) => `${key}=${JSON.stringify(text)}`,
        );
        return `${name}${suffix}${named.length > 0 ? `{${named.join(',')}}` : ''} ${value}`;
      });
      return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n');
    })
    .join('');
}
