import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

/** The content of Jupyter's connection file. */
export interface ConnectionInfo {
  transport: 'ipc';
  ip: string;
  shell_port: number;
  iopub_port: number;
  stdin_port: number;
  control_port: number;
  hb_port: number;
  key: string;
  signature_scheme: 'hmac-sha256';
  kernel_name: string;
}

/** Prefix of the folders; the runner's process id and a random suffix follow. */
export const connectionPrefix = 'gradbook-run-';

/** Where the folders are made: a socket's path may have 107 characters at most. */
export function connectionParent(): string {
  return os.tmpdir().length < 75 ? os.tmpdir() : '/tmp';
}

export type Channel = 'shell' | 'iopub' | 'control';

/**
 * The connection between a kernel and the runner: a private folder with the connection file, the
 * sockets and the kernel's own output.
 *
 * The sockets are files (`ipc`) and not TCP ports. A port has to be chosen before the kernel binds
 * it and may be in use by then, and a kernel that fails to bind keeps running without an error; a
 * file in a private folder cannot be in use, no other user can connect, and it exists once the
 * kernel listens.
 */
export class Connection {
  readonly folder: string;
  readonly file: string;
  readonly log: string;
  readonly pidFile: string;
  readonly info: ConnectionInfo;

  constructor(kernelName: string) {
    this.folder = fs.mkdtempSync(
      path.join(connectionParent(), `${connectionPrefix}${process.pid}-`),
    );
    this.file = path.join(this.folder, 'connection.json');
    this.log = path.join(this.folder, 'kernel.log');
    this.pidFile = path.join(this.folder, 'kernel.pid');
    this.info = {
      transport: 'ipc',
      ip: path.join(this.folder, 'socket'),
      shell_port: 1,
      iopub_port: 2,
      stdin_port: 3,
      control_port: 4,
      hb_port: 5,
      key: crypto.randomBytes(32).toString('hex'),
      signature_scheme: 'hmac-sha256',
      kernel_name: kernelName,
    };
    fs.writeFileSync(this.file, JSON.stringify(this.info), { mode: 0o600 });
  }

  /** The channel's address once the kernel listens there, else undefined. */
  address(channel: Channel): string | undefined {
    const port = this.info[`${channel}_port`];
    // Jupyter joins path and number with a dash, tslab with a colon.
    for (const joint of [':', '-']) {
      const file = `${this.info.ip}${joint}${port}`;
      if (fs.existsSync(file)) return `ipc://${file}`;
    }
    return undefined;
  }

  /** The last `characters` of what the kernel's process printed outside its cells. */
  logTail(characters = 2000): string {
    try {
      return fs.readFileSync(this.log, 'utf8').slice(-characters).trim();
    } catch {
      return '';
    }
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
