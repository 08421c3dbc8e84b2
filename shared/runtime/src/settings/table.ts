/**
 * The settings as rows for the documentation, and for the check that the documentation is in step.
 */
import { expectedOf, type Setting, type SettingGroups } from './definition.ts';
import { SETTING_GROUPS } from './groups.ts';
import type { SettingsTableRow } from './settings.port.ts';

export const settingsTable = (groups: SettingGroups = SETTING_GROUPS): readonly SettingsTableRow[] =>
  Object.values(groups).flatMap((group) =>
    Object.values(group.fields)
      .filter((setting) => !setting.ambient)
      .map((setting) => ({
        group: group.name,
        title: group.title,
        variable: setting.variable,
        meaning: setting.meaning,
        expected: expectedOf(setting.format),
        default: defaultText(setting),
        secret: setting.secret,
      })),
  );

const defaultText = (setting: Setting): string =>
  setting.defaultMeaning ?? setting.default ?? (setting.fallback === undefined ? '' : `${setting.fallback}`);
