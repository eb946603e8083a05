/** Completion scripts from the command tree. Profiles, books and groups are asked from the program itself. */

export interface TreeOption {
  long: string;
  short?: string;
  help: string;
  takesValue: boolean;
  choices: readonly string[];
}
export interface TreeCommand {
  name: string;
  summary: string;
  options: readonly TreeOption[];
  arguments: readonly { name: string; choices: readonly string[] }[];
  commands: readonly TreeCommand[];
}
export interface Tree {
  commands: readonly TreeCommand[];
  globals: readonly TreeOption[];
}

/** What fills an option's value or an argument: names that the program prints, one a line. */
const LIVE: Record<string, string> = {
  '--profile': 'profile list --format plain',
  '--book': 'book list --format plain',
  '--to': 'book list --format plain',
  '--group': 'group list --format plain',
  '--provider': 'providers --format tsv',
};

export function script(shell: 'bash' | 'zsh' | 'fish', tree: Tree): string {
  return shell === 'bash' ? bash(tree) : shell === 'zsh' ? zsh(tree) : fish(tree);
}

const words = (options: readonly TreeOption[]): string =>
  options.flatMap((option) => [option.long, ...(option.short === undefined ? [] : [option.short])]).join(' ');

function bash(tree: Tree): string {
  const cases = tree.commands.map((command) => {
    const sub = command.commands.map((one) => one.name).join(' ');
    const options = [...command.options, ...command.commands.flatMap((one) => one.options)];
    return `    ${command.name}) subs="${sub}"; opts="${words(options)}" ;;`;
  });
  const choices = [...tree.globals, ...tree.commands.flatMap((command) => command.options)]
    .filter((option) => option.choices.length > 0)
    .map(
      (option) => `    ${option.long}) COMPREPLY=($(compgen -W "${option.choices.join(' ')}" -- "$cur")); return ;;`,
    );
  return `# bash completion for cardferry
_cardferry_live() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(cardferry --no-input "$@" 2>/dev/null)" -- "$cur"))
  COMPREPLY=("\${COMPREPLY[@]// /\\\\ }")
}
_cardferry() {
  local cur prev cmd="" subs="" opts="" word i
  cur="\${COMP_WORDS[COMP_CWORD]}"; prev="\${COMP_WORDS[COMP_CWORD-1]}"
  COMPREPLY=()
  case "$prev" in
    -p|--profile) _cardferry_live profile list --format plain; return ;;
    --book|--to) _cardferry_live book list --format plain; return ;;
    --group) _cardferry_live group list --format plain; return ;;
${[...new Set(choices)].join('\n')}
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$word" in -*) ;; *) cmd="$word"; break ;; esac
  done
  case "$cmd" in
${cases.join('\n')}
  esac
  if [[ "$cur" == -* ]]; then
    COMPREPLY=($(compgen -W "$opts ${words(tree.globals)} --help" -- "$cur"))
  elif [[ -z "$cmd" ]]; then
    COMPREPLY=($(compgen -W "${tree.commands.map((command) => command.name).join(' ')}" -- "$cur"))
  elif [[ -n "$subs" && "$prev" == "$cmd" ]]; then
    COMPREPLY=($(compgen -W "$subs" -- "$cur"))
  elif [[ "$cmd" == migrate || "$cmd" == profile ]]; then
    _cardferry_live profile list --format plain
    COMPREPLY+=($(compgen -f -- "$cur"))
  elif [[ "$cmd" == group ]]; then
    _cardferry_live group list --format plain
  else
    COMPREPLY=($(compgen -f -- "$cur"))
  fi
}
complete -o filenames -F _cardferry cardferry
`;
}

/** Text inside single quotes of a shell and outside of zsh's own marks. */
const plain = (text: string): string => text.replace(/['[\]:\\]/g, ' ').split('\n')[0] ?? '';

function zshOption(option: TreeOption): string {
  const live = LIVE[option.long];
  const value = !option.takesValue
    ? ''
    : option.choices.length > 0
      ? `:value:(${option.choices.join(' ')})`
      : live === undefined
        ? ':value:_files'
        : `:value:{_cardferry_live ${live}}`;
  return `'*${option.long}[${plain(option.help)}]${value}'`;
}

function zsh(tree: Tree): string {
  const functions = tree.commands.map((command) => {
    const subs = command.commands.length > 0 ? `'1:action:(${command.commands.map((one) => one.name).join(' ')})'` : '';
    const options = [...command.options, ...command.commands.flatMap((one) => one.options), ...tree.globals].map(
      zshOption,
    );
    return `    ${command.name}) _arguments ${[subs, ...new Set(options)].filter(Boolean).join(' ')} '*:argument:_files' ;;`;
  });
  const names = tree.commands.map((command) => `'${command.name}:${plain(command.summary)}'`).join(' ');
  return `#compdef cardferry
_cardferry_live() {
  local -a names
  names=(\${(f)"$(cardferry --no-input "$@" 2>/dev/null)"})
  compadd -a names
}
_cardferry() {
  local -a commands
  commands=(${names})
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${functions.join('\n')}
  esac
}
_cardferry "$@"
`;
}

function fish(tree: Tree): string {
  const lines = ['# fish completion for cardferry', 'complete -c cardferry -f'];
  const option = (condition: string, one: TreeOption): string => {
    const short = one.short === undefined ? '' : ` -s ${one.short.slice(1)}`;
    const live = LIVE[one.long];
    const value = !one.takesValue
      ? ''
      : one.choices.length > 0
        ? ` -x -a '${one.choices.join(' ')}'`
        : live === undefined
          ? ' -r -F'
          : ` -x -a '(cardferry --no-input ${live} 2>/dev/null)'`;
    return `complete -c cardferry${condition} -l ${one.long.slice(2)}${short}${value} -d '${plain(one.help)}'`;
  };
  for (const one of tree.globals) lines.push(option('', one));
  for (const command of tree.commands) {
    lines.push(`complete -c cardferry -n __fish_use_subcommand -a ${command.name} -d '${plain(command.summary)}'`);
    const inside = ` -n '__fish_seen_subcommand_from ${command.name}'`;
    for (const sub of command.commands)
      lines.push(`complete -c cardferry${inside} -a ${sub.name} -d '${plain(sub.summary)}'`);
    for (const one of [...command.options, ...command.commands.flatMap((sub) => sub.options)])
      lines.push(option(inside, one));
    if (command.commands.length === 0) lines.push(`complete -c cardferry${inside} -F`);
  }
  return `${[...new Set(lines)].join('\n')}\n`;
}
