/** All that can be changed, one page for each part. */
import type { ComponentType } from 'preact';
import type { ConfigView } from '../../../../protocol/api.ts';
import { said } from '../data/said.ts';
import type { InsideProps } from '../page.tsx';
import { t } from '../texts/texts.ts';
import { Header, SignOut } from '../ui/header.tsx';
import { useConfig } from '../ui/use-config.ts';
import { refusalWords } from '../ui/words.ts';
import { DeviceSettings } from './device.tsx';
import { LightSettings } from './lights.tsx';
import { LinkSettings } from './links.tsx';
import { LookSettings } from './looks.tsx';
import { MachineSettings } from './machine.tsx';
import { MicrosoftSettings } from './microsoft.tsx';
import { NotifySettings } from './notify.tsx';
import { PeopleSettings } from './people.tsx';
import { QuietSettings } from './quiet.tsx';

export interface PartProps extends InsideProps {
  config: ConfigView;
  onSaved: (config: ConfigView) => void;
}

const parts = {
  people: PeopleSettings,
  lights: LightSettings,
  looks: LookSettings,
  quiet: QuietSettings,
  links: LinkSettings,
  notify: NotifySettings,
  microsoft: MicrosoftSettings,
  page: DeviceSettings,
  machine: MachineSettings,
} satisfies Record<string, ComponentType<PartProps>>;
type Part = keyof typeof parts;
const names = Object.keys(parts) as Part[];

export default function SettingsRoom(props: InsideProps) {
  const { view, now, path, feed } = props;
  const { config, refusal, take } = useConfig(view.configEtag);
  const open = names.find((name) => name === path.split('/')[2]);
  const Open = open && parts[open];
  return (
    <>
      <Header view={view} now={now} path={path} />
      <div class={open ? 'settings' : 'settings contents'}>
        <nav class={open ? 'parts narrow-hidden' : 'parts'} aria-label={t.nav.settings}>
          {names.map((name) => (
            <a key={name} href={`/settings/${name}`} aria-current={name === open ? 'page' : undefined}>
              {t.settings.parts[name]}
              {!open && <small>{t.settings.intros[name]}</small>}
            </a>
          ))}
          <SignOut feed={feed} view={view} />
        </nav>
        <main class="sheet">
          {refusal && (
            <p class="notice" role="alert">
              {refusalWords(refusal)}
            </p>
          )}
          {config && <FileState config={config} />}
          {Open && config && (
            <>
              <a class="back" href="/settings">
                ‹ {t.nav.settings}
              </a>
              <h2>{t.settings.parts[open]}</h2>
              <p class="detail">{t.settings.intros[open]}</p>
              <Open key={open} {...props} config={config} onSaved={take} />
            </>
          )}
        </main>
      </div>
    </>
  );
}

/** Why nothing can be changed, what of the file is not in force, and what waits for a restart. */
export function FileState({ config: { editable, why, refused, restart, file } }: { config: ConfigView }) {
  return (
    <>
      {!editable && <p class="notice">{t.settings.readOnly(file, said(why ?? ''))}</p>}
      {refused && (
        <p class="notice" role="alert">
          {t.settings.refusedFile(file)} {refused}
        </p>
      )}
      {restart.length > 0 && <p class="notice">{t.settings.restart(restart.join(', '))}</p>}
    </>
  );
}
