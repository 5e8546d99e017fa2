import { SignIn } from '../setup/sign-in.tsx';
import { t } from '../texts/texts.ts';
import { EditForm } from './edit-form.tsx';
import { microsoftFields, sourceFields } from './fields.ts';
import type { PartProps } from './settings.tsx';

/** The way to Microsoft: which app, who is signed in, pushed or polled. */
export function MicrosoftSettings({ config, onSaved, view }: PartProps) {
  if (view.info?.setUp)
    return (
      <p>
        {t.board.setUp} <a href="/setup">{t.board.goOnSetUp}</a>
      </p>
    );
  return (
    <>
      {!view.info?.demo && <SignIn view={view} />}
      <h3>{t.settings.app}</h3>
      <EditForm config={config} onSaved={onSaved} path="microsoft" fields={microsoftFields} />
      <h3>{t.settings.source}</h3>
      <EditForm config={config} onSaved={onSaved} path="source" fields={sourceFields} />
    </>
  );
}
