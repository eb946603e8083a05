/** Where configuration, data and state live. */
import { isAbsolute, join, resolve } from 'node:path';
import type { Paths } from './types.js';

const APP = 'cardferry';

/** A folder of the XDG Base Directory Specification; relative values must be ignored (its section 2). */
function xdg(value: string | undefined, home: string, fallback: string): string {
  return join(value !== undefined && isAbsolute(value) ? value : join(home, fallback), APP);
}

/**
 * `configDir` (from `--config-dir`) or `CARDFERRY_CONFIG_DIR` puts everything below one folder; else the XDG
 * directories, on every system. Nothing is created here.
 */
export function resolvePaths(env: Record<string, string | undefined>, home: string, configDir?: string): Paths {
  const chosen = configDir ?? env['CARDFERRY_CONFIG_DIR'];
  if (chosen !== undefined && chosen !== '') {
    const config = resolve(chosen);
    return { config, data: join(config, 'data'), state: join(config, 'state'), own: true };
  }
  return {
    config: xdg(env['XDG_CONFIG_HOME'], home, '.config'),
    data: xdg(env['XDG_DATA_HOME'], home, join('.local', 'share')),
    state: xdg(env['XDG_STATE_HOME'], home, join('.local', 'state')),
    own: false,
  };
}
