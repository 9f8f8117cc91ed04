"""Limits that are real: a disk that fills up, a limit on the size of files, a disk that cannot be written,
few descriptors. Each ends with one message and the right exit code, and a resume without the limit gives
what an undisturbed run leaves.

    limits.py          for ctest
    limits.py --all    more sizes"""
import resource
import subprocess
import sys

import preload
from cltrain import Failure, expect, expect_equal, folder, sets, snapshot
from preload import temporaries
from runs import RUN, Setting, complete, difference, leftovers

EXIT_OUTPUT = 5


def mount(where, options):
    done = subprocess.run(['mount', '-t', 'tmpfs', '-o', options, 'tmpfs', where], capture_output=True,
                          check=False)
    return done.returncode == 0


def expect_told(done, code, *parts):
    """One message, with each of the parts."""
    lines = done.err.splitlines()
    good = len(lines) == 1 and lines[0].startswith('cltrain: ') and all(part in lines[0] for part in parts)
    if done.code != code or not good:
        raise Failure(f'exit code {done.code}, wanted {code} and {parts}: {done.err}')


def full_disks(setting, where, every):
    """From one that takes nothing to one that takes all."""
    disk = where / 'disk'
    disk.mkdir()
    failed = 0
    for kib in range(8, 4096, 8 if every else 72):
        if not mount(disk, f'size={kib}k'):
            print('left out: only root can mount a small disk')
            return
        try:
            words = ['run', RUN, '--out', disk / 'out', '--quiet']
            done = preload.run(words, setting.env)
            if done.code == 0:
                break
            failed += 1
            expect_told(done, EXIT_OUTPUT, str(disk), 'No space left on device; free some space')
            expect_equal(temporaries(disk), [], f'{kib} KiB: {done.err.strip()}')
            subprocess.run(['mount', '-o', 'remount,size=64m', disk], check=True)
            found = complete(disk / 'out', words, setting.env) or difference(disk / 'out', setting.where / 'run')
            expect(not (found or leftovers(disk)), f'with room again, the same: {found}')
        finally:
            subprocess.run(['umount', disk], check=True)
    expect(failed > 3 and done.code == 0, f'{failed} disks too small; {kib} KiB are enough')


def limited_files(setting, where, _):
    """Beyond the limit the system sends SIGXFSZ, which ends a process that does not expect it. PoCL's
    own files must be 8 MiB at least, so the networks here are larger."""
    words = ['run', RUN, '--out', where / 'out', '--quiet', *sets(train__snapshots='false'),
             '--set', 'model[0].units=2000']
    for mib in (9, 11):
        size = mib << 20
        done = preload.run(words, setting.env,
                           before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))
        expect_told(done, EXIT_OUTPUT, str(where), 'File too large; raise the limit on the size of files')
        expect_equal(temporaries(where), [], f'{mib} MiB: {done.err.strip()}')
        expect_equal(complete(where / 'out', words, setting.env), None, 'without the limit it goes on')
        subprocess.run(['rm', '-r', where / 'out'], check=True)


def disk_that_cannot_be_written(setting, where, _):
    if not mount(where, 'size=64m'):
        print('left out: only root can mount a disk')
        return
    try:
        setting.copy('run', where / 'done')
        setting.copy('stopped', where / 'stopped')
        subprocess.run(['mount', '-o', 'remount,ro', where], check=True)
        before = snapshot(where)
        for words in (['run', RUN, '--out', where / 'new'], ['resume', where / 'stopped'],
                      ['report', where / 'done']):
            done = preload.run([*words, '--quiet'] if words[0] != 'report' else words, setting.env)
            expect_told(done, EXIT_OUTPUT, str(where), 'Read-only file system; ')
            print(f'ok: {done.err.strip()}')
        for words in (['eval', where / 'done'], ['study', where / 'done']):
            done = preload.run(words, setting.env)
            expect_equal((done.code, done.err), (0, ''), f'{words[0]}: reads')
        expect(snapshot(where) == before, 'nothing is touched')
    finally:
        subprocess.run(['umount', where], check=True)


def few_descriptors(setting, where, every):
    """So few that the dynamic linker or the driver cannot start, up to enough."""
    enough = None
    for count in range(3, 64, 1 if every else 4):
        out = where / str(count)
        words = ['run', RUN, '--out', out, '--quiet']
        done = preload.run(words, setting.env,
                           before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (count, count)))
        if done.code == 0:
            enough = count
            expect_equal(difference(out, setting.where / 'run'), None, f'{count} descriptors are enough')
            break
        if done.code == 127:
            continue  # the linker found no descriptor for a library
        lines = done.err.splitlines()
        told = [line for line in lines if line.startswith('cltrain: ')]
        expect(done.code in (3, 4, EXIT_OUTPUT) and len(told) == 1, f'{count} descriptors: exit code {done.code}: '
               f'{lines[-1] if lines else ""}')
        expect(not out.exists() or not leftovers(out), 'nothing is left')
        if out.exists() and (out / 'config.cfg').exists():
            found = complete(out, words, setting.env) or difference(out, setting.where / 'run')
            expect_equal(found, None, 'then resumed')
    expect(enough, 'some number is enough')


def folder_that_cannot_be_listed(setting, where, _):
    """What is in it may be a run: it stays."""
    out, log = where / 'out', where / 'log'
    setting.copy('run', out)
    before = snapshot(out)
    words = ['run', RUN, '--out', out, '--quiet']
    preload.run(words, setting.env, [out], log=log)
    listings = [call for call in preload.read_log(log) if call.function in ('opendir', 'readdir')]
    for call in listings:
        done = preload.run(words, setting.env, [out], fault=f'EIO@{call.number}')
        expect_told(done, 3, str(out))
        expect_equal(snapshot(out) == before, True, f'{call.function} fails, all is as it was')
    expect(listings, f'{len(listings)} calls list it')


def main():
    every = '--all' in sys.argv[1:]
    with folder() as where:
        try:
            setting = Setting(where)
            for test in (full_disks, limited_files, disk_that_cannot_be_written, few_descriptors,
                         folder_that_cannot_be_listed):
                print(f'---- {test.__name__}', flush=True)
                place = where / test.__name__
                place.mkdir()
                test(setting, place, every)
        except Failure as failure:
            print(f'FAILED: {failure}')
            sys.exit(1)


if __name__ == '__main__':
    main()
