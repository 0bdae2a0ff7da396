/** How the words after a program's name are read. Options that take a value have it as the next word, or after `=`. */
export interface CommandSyntax {
  /**
   * `wrapper`: runs the command that follows. `shell`: runs a script. `runner`: fetches and runs a package. `interpreter`: runs a script file or
   * module. `container`: runs an image. `install`: fetches packages. `evaluator`: its words are a script. `relay`: joins a connection to a program.
   * `elsewhere`: what follows runs in another place.
   */
  readonly runs:
    | 'wrapper'
    | 'shell'
    | 'runner'
    | 'interpreter'
    | 'container'
    | 'install'
    | 'evaluator'
    | 'relay'
    | 'elsewhere';
  /** Options that take a value, besides those below. */
  readonly values?: ReadonlySet<string>;
  /** Options that take none, where every other one does. */
  readonly flags?: ReadonlySet<string>;
  /** The option, alone or among other letters, by which the first word that is no option is a script: `c` of the shells. */
  readonly scriptFlag?: string;
  /** Options after whose value nothing more is the program's own: what follows belongs to what it runs. */
  readonly last?: ReadonlySet<string>;
  /** Words that stand before the command: the seconds of `timeout`, the user of `gosu`. */
  readonly operands?: number;
  /** Options whose value is a script of the shell. */
  readonly scripts?: ReadonlySet<string>;
  /** Options whose value is a package, module or script that runs. */
  readonly packages?: ReadonlySet<string>;
  /** Options whose value is code of the interpreter's language. */
  readonly code?: ReadonlySet<string>;
}

const set = (text: string): ReadonlySet<string> => new Set(text.split(' '));
const all = (names: string, syntax: CommandSyntax): readonly (readonly [string, CommandSyntax])[] =>
  names.split(', ').map(name => [name, syntax]);
const wrapper = (names: string, values = '', operands = 0, scripts = '') =>
  all(names, { runs: 'wrapper', values: set(values), operands, scripts: set(scripts) });

const RUNNER: CommandSyntax = {
  runs: 'runner',
  values: set(
    '--python --directory --project --index-url --index --default-index --extra-index-url --find-links --registry --cache --cache-dir --config-file --prefix --env-file --cwd -C -w --workspace --userconfig --extra --group --only-group --with-editable --with-requirements --version --add-source --features --profile',
  ),
  scripts: set('-c --call'),
  packages: set('-p --package --from --spec --with --bin'),
};

/** By name, or by name and subcommand. Names are without folder, version and `.exe`. */
export const COMMANDS: ReadonlyMap<string, CommandSyntax> = new Map([
  ...wrapper('nohup, command, builtin, then, do, else, elif, if, while, until, !, {, coproc'),
  ...wrapper('exec', '-a'),
  ...wrapper('time', '-f --format -o --output'),
  ...wrapper('sudo, doas', '-u --user -g --group -C -h --host -p --prompt -D --chdir -R --chroot -T -r -t'),
  ...wrapper(
    'tini, tini-static, dumb-init, catatonit, docker-entrypoint.sh, docker-init, pid1, entrypoint, init',
    '-p -r -e --rewrite',
  ),
  ...wrapper('ddtrace-run, newrelic-admin run-program, stdbuf, setsid, busybox, toybox, unbuffer', '-i -o -e'),
  ...all('opentelemetry-instrument', { runs: 'wrapper', flags: set('-h --help --version') }),
  ...wrapper('env', '-u --unset -C --chdir', 0, '-S --split-string'),
  ...wrapper('nice', '-n --adjustment'),
  ...wrapper('ionice', '-c --class -n --classdata'),
  ...wrapper('timeout', '-s --signal -k --kill-after', 1),
  ...wrapper('gosu, su-exec, s6-setuidgid, setuidgid, chroot, taskset, chrt', '', 1),
  ...wrapper('setpriv, unshare, nsenter, prlimit, numactl, capsh, softlimit', '-t --target'),
  ...wrapper('chpst', '-u -U -e -/ -n -l -L'),
  ...wrapper('runuser, su', '-u --user -g --group -s --shell', 0, '-c --command'),
  ...wrapper('flock', '-w --timeout -E', 1, '-c --command'),
  ...wrapper('script', '', 0, '-c --command'),
  ...wrapper('xargs', '-I --replace -n -P -L -s -d -E -a --max-args --max-procs --delimiter'),
  ...wrapper('strace, ltrace, watch', '-e -o -p -s -n --interval'),
  ...wrapper(
    'with-contenv, s6-envdir, vault-env, authbind, proxychains, proxychains4, catchsegv, linux32, linux64, setarch, faketime, unshare',
  ),
  ...wrapper(
    'poetry run, pipenv run, hatch run, pdm run, rye run, pixi run, mise exec, mise x, asdf exec, bundle exec, volta run',
    '-C --directory --project',
  ),
  ...wrapper('conda run, mamba run, micromamba run', '-n --name -p --prefix --cwd'),
  ...wrapper(
    'doppler run, infisical run, op run, dotenvx run, dotenv, dotenv run, pm2 start, pm2-runtime start, pm2-runtime',
    '-f -e --env-file --name -w -x',
    0,
    '--command',
  ),
  ...wrapper('nodemon', '-e --ext -w --watch -i --ignore -d --delay', 0, '-x --exec'),
  ...wrapper('nix-shell, nix shell', '-p', 0, '--run --command -c'),
  ...wrapper('corepack, npm run env --'),
  ...all('sh, bash, ash, dash, zsh, ksh, mksh, fish, rbash', {
    runs: 'shell',
    values: set('-o +o -O --rcfile --init-file'),
    scripts: set('--command'),
    scriptFlag: 'c',
  }),
  ...all('cmd, powershell, pwsh', { runs: 'shell', scripts: set('/c /C /k -c -C -Command -command') }),
  ...all('eval, trap, concurrently', { runs: 'evaluator' }),
  ...all(
    'npx, pnpx, bunx, uvx, npm exec, npm x, pnpm dlx, pnpm exec, yarn dlx, yarn exec, bun x, pipx run, uv run, uv tool run, uv x, go run, cargo run, gem exec, dnx, dotnet tool run, dotnet tool exec, pixi exec, jbang, deno x, nix run',
    RUNNER,
  ),
  ...all('node, nodejs, bun, bun run, tsx, ts-node, deno, deno run, deno serve', {
    runs: 'interpreter',
    values: set('--env-file --cwd --config -c --loader --experimental-loader --conditions -C --import-map'),
    packages: set('-r --require --import'),
    code: set('-e --eval -p --print -pe'),
  }),
  ...all('python, pypy', {
    runs: 'interpreter',
    values: set('-W -X'),
    packages: set('-m'),
    code: set('-c'),
    last: set('-m -c'),
  }),
  ...all(
    'debugpy, coverage run, memray run, viztracer, pyinstrument, scalene, kernprof, hupper, pdb, profile, cprofile, trace, runpy',
    {
      runs: 'interpreter',
      values: set('--listen --connect --log-to -o --output --source --rcfile -c -s'),
      packages: set('-m --module'),
      last: set('-m --module'),
    },
  ),
  ...all('uvicorn, gunicorn, hypercorn, granian, daphne', {
    runs: 'interpreter',
    values: set(
      '--host --port --bind -b -w --workers -k --worker-class --log-level --reload-dir --interface --root-path -p',
    ),
  }),
  ...all('java', {
    runs: 'interpreter',
    values: set('-cp -classpath --class-path -p --module-path'),
    packages: set('-jar -m --module'),
  }),
  ...all('dotnet, ruby, perl, php', { runs: 'interpreter', values: set('-r -I'), code: set('-e') }),
  ...all(
    'docker run, docker create, docker container run, podman run, podman create, podman container run, nerdctl run, nerdctl create, ctr run',
    {
      runs: 'container',
      flags: set(
        '-d --detach -i --interactive -t --tty --rm --init --privileged --read-only -P --publish-all -q --quiet --no-healthcheck --oom-kill-disable --sig-proxy --disable-content-trust --use-api-socket --replace --rmi --no-hosts --env-host --http-proxy --tls-verify --rootfs --passwd --read-only-tmpfs --null-io --net-host --help',
      ),
    },
  ),
  ...all(
    'pip install, uv pip install, uv add, npm install, npm i, npm add, npm ci, yarn add, pnpm add, pnpm install, uv tool install, pipx install, bun add, bun install',
    { runs: 'install', values: set('--prefix -r --requirement -c --index-url --target -t') },
  ),
  ...all('socat', { runs: 'relay' }),
  ...all('nc, ncat, netcat, nc.openbsd, nc.traditional', {
    runs: 'relay',
    values: set('-p -s -w -i -g -G -m -x -X --source-port --source --wait --idle-timeout --max-conns'),
    scripts: set('-e --exec -c --sh-exec'),
  }),
  ...all('kubectl, oc, helm, ssh, docker exec, podman exec, nerdctl exec', { runs: 'elsewhere' }),
]);

/** Programs that take a subcommand: options may stand before it. */
export const WITH_SUBCOMMAND: ReadonlySet<string> = new Set(
  [...COMMANDS.keys()].filter(key => key.includes(' ')).map(key => key.split(' ')[0] ?? ''),
);

/** Words after these are text or files, never a command. */
export const QUIET: ReadonlySet<string> = set(
  'echo printf test [ [[ which type cat grep rm cp mv ln chmod chown mkdir apk apt apt-get yum dnf curl wget true false cd',
);

/** Programs after whose `--` stand names and arguments of theirs, and no command. */
export const WITHOUT_COMMAND: ReadonlySet<string> = set(
  'npm yarn pnpm go cargo git pytest py.test jest vitest mocha playwright ctest make rake tsc eslint prettier ruff black mypy flake8 pylint',
);
