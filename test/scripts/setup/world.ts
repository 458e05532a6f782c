import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { inWorkspace } from '../../../lib/runtime';
import { temporaryFolder } from '../../temporary-folder';

/** Output of a run of a script. */
export interface Run {
  code: number | null;
  out: string;
  err: string;
}

const tfjs = `
  const backend = { binding: { TF_Version: '2.21.0' }, isUsingGpuDevice: false };
  exports.tensor2d = (rows) => rows;
  exports.matMul = () => ({ dataSync: () => [17, 39] });
  exports.backend = () => backend;
`;

/** Fake commands with the behaviour that the set-up needs, which log each call. */
const fakes: Record<string, string> = {
  npm: `
    [ "$1" = ci ] || exit 0
    mkdir -p node_modules/.bin
    for name in @tensorflow/tfjs-node-gpu danfojs-node plotly.js sharp tslab tsx; do
      mkdir -p "node_modules/$name"
      echo '{"version":"1.0.0"}' > "node_modules/$name/package.json"
    done
    mkdir -p node_modules/@tensorflow/tfjs-node-gpu/binding
    echo 'int x;' > node_modules/@tensorflow/tfjs-node-gpu/binding/a.cc
    cp tfjs.js node_modules/@tensorflow/tfjs-node-gpu/index.js`,
  python3: `
    case "$*" in
      -c*) echo "3.11.7 - $0" ;;
      '-m venv '*)
        mkdir -p "$3/bin"
        cp "$0" "$3/bin/python"
        touch "$3/bin/jupyter-lab" ;;
      '-m pip install'*) ;;
      '-m pip download'*) ;;
      *extract_engine.py*)
        mkdir -p "$3/tensorflow"
        echo cc > "$3/tensorflow/libtensorflow_cc.so.2"
        echo framework > "$3/tensorflow/libtensorflow_framework.so.2" ;;
    esac`,
  'g++': `
    while [ $# -gt 1 ]; do
      if [ "$1" = -o ]; then echo binding > "$2"; fi
      shift
    done`,
};

/** A temporary workspace with the real set-up scripts, in which every command is a fake. */
export class World {
  root = fs.realpathSync(temporaryFolder('gradbook-setup'));
  private readonly bin = temporaryFolder('gradbook-bin');
  private readonly log = path.join(this.bin, 'calls.log');

  constructor() {
    for (const name of ['setup', 'setup.mjs', 'doctor', 'doctor.mjs']) {
      fs.cpSync(inWorkspace('scripts', name), path.join(this.root, 'scripts', name), {
        recursive: true,
      });
    }
    this.write('package.json', '{"name":"gradbook","version":"0.0.0"}');
    this.write('package-lock.json', '{}');
    this.write('tfjs.js', tfjs);
    for (const [name, body] of Object.entries(fakes)) this.fake(name, body);
  }

  /** Makes a command; its calls are logged. */
  fake(name: string, body: string): void {
    const file = path.join(this.bin, name);
    const call = `line=$(printf '%s ' ${name} "$@" | tr '\\n' ' ')\necho "$line" >> '${this.log}'`;
    const head = `#!/bin/sh\nPATH=/usr/bin:/bin\n${call}\n`;
    fs.writeFileSync(`${file}.new`, `${head}${body}\n`, { mode: 0o755 });
    fs.renameSync(`${file}.new`, file);
  }

  /** Makes a command do something before what its initial fake does. */
  before(name: string, body: string): void {
    this.fake(name, `${body}\n${fakes[name] ?? ''}`);
  }

  /** Makes a command fail with a text on standard error. */
  failing(name: string, text: string): void {
    this.fake(name, `echo '${text}' >&2; exit 1`);
  }

  /** Restores the initial fake of a command. */
  restore(name: string): void {
    this.fake(name, fakes[name] ?? '');
  }

  /** Removes a command. */
  without(name: string): void {
    fs.rmSync(path.join(this.bin, name), { force: true });
  }

  file(name: string): string {
    return path.join(this.root, name);
  }

  write(name: string, content: string): void {
    fs.mkdirSync(path.dirname(this.file(name)), { recursive: true });
    fs.writeFileSync(this.file(name), content);
  }

  /** Moves the workspace elsewhere. */
  move(): void {
    const next = `${this.root}-moved`;
    fs.renameSync(this.root, next);
    this.root = next;
  }

  /** The commands called since the last call, one per line, without probes. */
  calls(): string[] {
    const lines = fs.existsSync(this.log) ? fs.readFileSync(this.log, 'utf8').split(' \n') : [];
    fs.rmSync(this.log, { force: true });
    return lines.filter((line) => line && !/-fsyntax-only|--version|^python3[.\d]* -c/.test(line));
  }

  start(script: string, args: string[] = [], env: Record<string, string> = {}): ChildProcess {
    return spawn(process.execPath, [this.file(`scripts/${script}.mjs`), ...args], {
      cwd: os.tmpdir(),
      env: { PATH: this.bin, HOME: this.root, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  run(script: string, args: string[] = [], env: Record<string, string> = {}): Promise<Run> {
    return finished(this.start(script, args, env));
  }

  setup(...args: string[]): Promise<Run> {
    return this.run('setup', args);
  }

  remove(): void {
    fs.rmSync(this.root, { recursive: true, force: true });
    fs.rmSync(this.bin, { recursive: true, force: true });
  }
}

/** Waits for a process and returns its output. */
export function finished(child: ChildProcess): Promise<Run> {
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    err += text;
  });
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

/** Runs a test in a separate workspace. */
export async function inWorld(test: (world: World) => Promise<void>): Promise<void> {
  const world = new World();
  try {
    await test(world);
  } finally {
    world.remove();
  }
}
