/** What a configuration that the schema takes may still lack. */
import { statSync } from 'node:fs';
import { type Check, ok, warning } from './finding.ts';

const what = 'Configuration';

export const checkConfiguration: Check = ({ config, file }) => {
  const { microsoft, people, groups, lights, mqtt } = config;
  const secrets = microsoft?.clientSecret !== undefined || mqtt.users.some(({ password }) => password);
  const idle = lights.filter(({ shows }) => shows.length === 0).map(({ id }) => id);
  const found = [
    ...(microsoft
      ? []
      : [
          warning(
            what,
            'There is no microsoft: section, so the bridge is in set-up mode and every light shows unknown.',
            'Add microsoft: with tenant and clientId.',
          ),
        ]),
    ...(people.length + groups.length > 0
      ? []
      : [warning(what, 'Nobody is named, so there is no presence to read.', 'Add people: or groups:.')]),
    ...(idle.length === 0
      ? []
      : [
          warning(
            what,
            `${idle.join(', ')} ${idle.length === 1 ? 'shows' : 'show'} nobody.`,
            'Name a person or a group in shows: of the light.',
          ),
        ]),
    ...(secrets && (statSync(file).mode & 0o004) !== 0
      ? [
          warning(
            what,
            `${file} holds secrets, and every user of this machine can read it.`,
            `Run "chmod 640 ${file}", or take the secrets from the environment (\${NAME}).`,
          ),
        ]
      : []),
  ];
  const counts = `people: ${people.length}, groups: ${groups.length}, lights: ${lights.length}`;
  return [ok(what, `${file} is good: ${counts}.`), ...found];
};
