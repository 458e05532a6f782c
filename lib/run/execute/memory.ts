import * as fs from 'node:fs';

/**
 * Peak resident memory of a process, in bytes, since `forgetPeak`; null where it is unknown (it is
 * read from Linux's `/proc`).
 */
export function peakMemory(pid: number | undefined): number | null {
  try {
    const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
    const match = /^VmHWM:\s+(\d+) kB/m.exec(status);
    return match ? Number(match[1]) * 1024 : null;
  } catch {
    return null;
  }
}

/** Resets the peak. */
export function forgetPeak(pid: number | undefined): void {
  try {
    fs.writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // Then the peak is that since the start of the process.
  }
}
