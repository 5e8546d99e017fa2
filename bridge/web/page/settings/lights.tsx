import { useState } from 'preact/hooks';
import { listOf } from '../data/config-store.ts';
import { AddLight } from '../setup/add-light.tsx';
import { FlashLamp } from '../setup/flash-lamp.tsx';
import { t } from '../texts/texts.ts';
import { EntryList } from './entry-list.tsx';
import { lightFields } from './fields.ts';
import { LampUpdates } from './lamp-updates.tsx';
import { NewLink } from './links.tsx';
import type { PartProps } from './settings.tsx';

/** Every light: whom it shows, how brightly, and how it is reached. */
export function LightSettings(props: PartProps) {
  const { config, onSaved } = props;
  const [adding, setAdding] = useState(false);
  const lights = listOf<{ id: string; name?: string; kind: string }>(config, 'lights');
  const entries = lights.map(({ id, name, kind }) => ({
    id,
    title: name ?? id,
    detail: t.kinds[kind] ?? kind,
    fields: lightFields(kind),
    ...(kind === 'page'
      ? { more: <NewLink body={{ kind: 'lamp', light: id }} text={t.links.newLamp} /> }
      : {}),
    ...(kind === 'espruino' ? { more: <Flash id={id} /> } : {}),
  }));
  return (
    <>
      {lights.length === 0 && <p>{t.board.noLights}</p>}
      <EntryList config={config} onSaved={onSaved} list="lights" entries={entries} />
      {config.editable && !adding && (
        <div class="actions">
          <button type="button" class="main" onClick={() => setAdding(true)}>
            {t.settings.addLight}
          </button>
        </div>
      )}
      {lights.some(({ kind }) => kind === 'espruino') && (
        <LampUpdates nameOf={(light) => lights.find(({ id }) => id === light)?.name ?? light} />
      )}
      {adding && <AddLight config={config} onSaved={onSaved} onDone={() => setAdding(false)} />}
    </>
  );
}

/** For a lamp that is there already it is out of the way until it is asked for. */
function Flash({ id }: { id: string }) {
  const [open, setOpen] = useState(false);
  if (open) return <FlashLamp id={id} port={undefined} />;
  return (
    <div class="actions">
      <button type="button" onClick={() => setOpen(true)}>
        {t.flash.title}
      </button>
    </div>
  );
}
