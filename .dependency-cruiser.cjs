/** Who may import whom. The picture: CONTRIBUTING.md, "The house". */
const rule = (name, from, to, comment, extra = {}) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from, ...extra.from },
  to: { path: to, ...extra.to },
});
const ours = (...folders) => `^src/(${folders.join('|')})/`;
const files = (...names) => `^src/(${names.join('|')})\\.ts$`;
const composition = files('cli', 'main', 'connect', 'file');

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only', 'dynamic-import'] } },
    },
    rule('model-is-pure', '^src/model/', '^src/(?!model/)', 'model imports nothing of ours'),
    rule('model-no-io', '^src/model/', '^(node:)?(fs|net|http|https|child_process)', 'model does no I/O'),
    rule('formats', '^src/formats/', '^src/(?!formats/|model/)', 'formats: bytes in, cards out'),
    rule('formats-no-io', '^src/formats/', '^(node:)?(fs|net|http|https|child_process)', 'formats do no I/O'),
    rule('http', '^src/http/', '^src/(?!http/|model/)', 'http knows only the model'),
    rule('dav', '^src/dav/', '^src/(?!dav/|http/|model/)', 'dav stands on http'),
    rule(
      'providers',
      '^src/providers/',
      ours('engine', 'commands', 'store', 'ui'),
      'a driver speaks one protocol and nothing else',
    ),
    rule(
      'no-provider-imports-another',
      '^src/providers/(axigen|mdaemon|carddav|local)(/|\\.ts)',
      '^src/providers/(axigen|mdaemon|carddav|local)(/|\\.ts)',
      'drivers do not know each other',
      {
        from: {},
        to: { pathNot: '^src/providers/$1(/|\\.ts)' },
      },
    ),
    rule('only-local-reads-files', '^src/providers/(?!local)', '^(node:)?(fs|child_process)', 'drivers read no files'),
    rule(
      'store',
      '^src/store/',
      ours('providers', 'http', 'engine', 'ui', 'commands'),
      'the store keeps, nothing else',
      { to: { dependencyTypesNot: ['type-only'] } },
    ),
    rule('engine', '^src/engine/', ours('ui', 'commands', 'dav'), 'the engine does not print'),
    rule('engine-no-driver', '^src/engine/', '^src/providers/(?!types\\.ts)', 'the engine knows no concrete provider'),
    rule(
      'engine-no-commander',
      '^src/engine/',
      'node_modules/(commander|ora|cli-table3|@inquirer)',
      'the engine does not print',
    ),
    rule('ui', '^src/ui/', ours('engine', 'providers', 'store', 'http', 'dav'), 'ui renders', {
      to: { dependencyTypesNot: ['type-only'] },
    }),
    rule('commands', '^src/commands/', ours('http', 'dav'), 'a command declares, checks, calls, renders', {
      to: { dependencyTypesNot: ['type-only'] },
    }),
    rule(
      'commands-no-driver',
      '^src/commands/',
      '^src/providers/(?!types\\.ts|index\\.ts)',
      'commands know no concrete provider',
    ),
    rule('commands-no-conf', '^src/commands/', 'node_modules/(conf|undici)', 'commands do not store or send'),
    rule(
      'composition-root',
      ours('model', 'formats', 'http', 'dav', 'providers', 'store', 'engine', 'ui', 'commands'),
      composition,
      'only the root builds things',
    ),
    { name: 'no-orphans', severity: 'error', from: { orphan: true, path: '^src/', pathNot: 'types\\.ts$' }, to: {} },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json'], conditionNames: ['import', 'node', 'default'] },
  },
};
