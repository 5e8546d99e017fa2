import type { FastifyInstance } from 'fastify';
import type { SigningKeys } from '../signing-keys.ts';
import { tenantId } from '../tenant.ts';

/**
 * OpenID metadata, instance discovery and the public keys. Any tenant name is an alias for the one tenant,
 * so the issuer always carries the real tenant id, as Entra answers for a domain name.
 */
export function metadataRoutes(app: FastifyInstance, keys: SigningKeys, origin: () => string): void {
  function metadata(tenant: string, version: '/v2.0' | ''): Record<string, unknown> {
    const base = `${origin()}/${tenant}`;
    return {
      issuer: version === '' ? `https://sts.windows.net/${tenantId}/` : `${origin()}/${tenantId}/v2.0`,
      authorization_endpoint: `${base}/oauth2${version}/authorize`,
      token_endpoint: `${base}/oauth2${version}/token`,
      device_authorization_endpoint: `${base}/oauth2${version}/devicecode`,
      end_session_endpoint: `${base}/oauth2${version}/logout`,
      jwks_uri: `${base}/discovery${version}/keys`,
      response_modes_supported: ['query', 'form_post'],
      response_types_supported: ['code'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
      tenant_region_scope: 'EU',
      cloud_instance_name: 'microsoftonline.com',
    };
  }

  type Params = { Params: { tenant: string } };
  app.get<Params>('/:tenant/v2.0/.well-known/openid-configuration', ({ params }) =>
    metadata(params.tenant, '/v2.0'),
  );
  app.get<Params>('/:tenant/.well-known/openid-configuration', ({ params }) => metadata(params.tenant, ''));
  app.get('/:tenant/discovery/v2.0/keys', () => keys.jwks());
  app.get('/:tenant/discovery/keys', () => keys.jwks());
  app.get('/common/discovery/instance', () => {
    const host = new URL(origin()).host;
    return {
      tenant_discovery_endpoint: `${origin()}/${tenantId}/v2.0/.well-known/openid-configuration`,
      'api-version': '1.1',
      metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
    };
  });
}
