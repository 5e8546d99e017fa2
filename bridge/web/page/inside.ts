/** The rooms that one opens to look after Doorlight: their code comes in one piece, when the first of them is opened. */
import HealthRoom from './health/health.tsx';
import SettingsRoom from './settings/settings.tsx';
import Wizard from './setup/wizard.tsx';

export const inside = { settings: SettingsRoom, health: HealthRoom, setup: Wizard };
