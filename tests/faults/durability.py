"""What must last is on the disk before anything counts on it: the order of write, fsync, rename and
fsync of the folder, read from the log of tests/support/file_faults.c; what a crash of the machine may
take; a metrics.csv that was torn.

    durability.py          for ctest
    durability.py --all    metrics.csv torn at each byte, in place of each 16th"""
import os
import shutil
import sys

import preload
from cltrain import RunDirectory, expect, expect_equal, folder, Failure, sets, snapshot
from preload import plain, read_log
from runs import RUN, STUDY, Setting, complete, difference, leftovers

# Member files need not last before the end of a session: the state gives those of `last` again, and a
# best one that is lost is told.
MEMBER = 'member-'
STATE, METRICS = 'state.safetensors', 'metrics.csv'


# ---- the order of calls ----

class Disk:
    """Replays a log and raises where a promise is broken. A crash of the machine leaves a file's bytes
    only if they were synced since they were written, a name only if its folder was since the rename."""

    def __init__(self):
        self.unsynced = set()  # files with bytes that may be lost, by their present names
        self.pending = {}      # folder -> names in it that may be lost
        self.folders = set()   # new ones, whose own name may be lost
        self.renames = self.checkpoints = 0

    def replay(self, calls):
        for call in calls:
            if call.result.lstrip('-').isdigit():
                getattr(self, f'on_{call.function}', lambda call: None)(call)

    def on_mkdir(self, call):
        self.folders.add(call.path)
        self.pending.setdefault(os.path.dirname(call.path), set()).add(call.path)

    def on_write(self, call):
        self.unsynced.add(call.path)

    def on_fsync(self, call):
        self.unsynced.discard(call.path)
        self.pending.pop(call.path, None)

    def on_link(self, call):
        self.pending.setdefault(os.path.dirname(call.detail), set()).add(call.detail)

    def on_rename(self, call):
        self.renames += 1
        if plain(call.path) != call.detail:
            raise Failure(f'{call.path} becomes {call.detail}')
        lasting = MEMBER not in call.path
        if lasting and call.path in self.unsynced:
            raise Failure(f'{call.path} is renamed before its bytes are on the disk')
        if call.path in self.unsynced:
            self.unsynced.remove(call.path)
            self.unsynced.add(call.detail)
        if lasting:
            self.check_names(call)
        if call.detail.endswith(STATE):
            self.check_state(call)
        if call.detail.endswith('run.json'):
            self.run_json = call.number
        self.pending.setdefault(os.path.dirname(call.detail), set()).add(call.detail)

    def check_names(self, call):
        """Every lasting file renamed before, and every folder above, have their names on the disk."""
        lost = [name for names in self.pending.values() for name in names if MEMBER not in name]
        if lost:
            raise Failure(f'{call.detail} is put in place while {lost} may be lost')

    def check_state(self, call):
        """Rows that it counts, snapshots that it is past."""
        self.checkpoints += 1
        folder_of_run = call.detail.split('/checkpoint/')[0]
        if f'{folder_of_run}/{METRICS}' in self.unsynced:
            raise Failure(f'{call.number}: the state counts rows of metrics.csv that may be lost')
        lost = [name for name in self.all_lost() if '/snapshot-' in name]
        if lost:
            raise Failure(f'{call.number}: the state is past {lost}, which may be lost')

    def all_lost(self):
        return self.unsynced | {name for names in self.pending.values() for name in names}

    def check_end(self):
        lost = sorted(name for name in self.all_lost() if not name.endswith('lock'))
        if lost:
            raise Failure(f'at the end {lost} may be lost')


def order_of_calls(setting, where, _):
    out = where / 'out'
    for name, words, start in (('run', ['run', RUN, '--out', out], None),
                               ('resumed run', ['resume', out], 'stopped'),
                               ('stopped run', ['run', RUN, '--out', out, *sets(train__stop_at_update=5)], None),
                               ('study', ['run', STUDY, '--out', out], None),
                               ('resumed study', ['resume', out], 'stopped-study')):
        shutil.rmtree(out, ignore_errors=True)
        if start:
            setting.copy(start, out)
        done = preload.run([*words, '--quiet'], setting.env, [where], log=where / 'log')
        expect_equal((done.code, done.err), (0, ''), name)
        calls, disk = read_log(where / 'log'), Disk()
        disk.replay(calls)
        disk.check_end()
        expect(disk.checkpoints >= 2, f'{name}: {len(calls)} calls, {disk.renames} renames, '
               f'{disk.checkpoints} checkpoints')


def the_check_sees_what_is_missing(setting, where, _):
    """A log without one of its fsyncs is refused, whichever it is: but for those of folders that are synced
    again before anything counts on them."""
    done = preload.run(['run', RUN, '--out', where / 'out', '--quiet'], setting.env, [where], log=where / 'log')
    expect_equal(done.code, 0, 'run')
    calls = read_log(where / 'log')
    syncs = [i for i, call in enumerate(calls) if call.function == 'fsync']
    missed = []
    for i in syncs:
        disk = Disk()
        try:
            disk.replay(calls[:i] + calls[i + 1:])
            disk.check_end()
            if not any(calls[j].path == calls[i].path for j in syncs if j > i):
                missed.append(calls[i])
        except Failure:
            pass
    expect_equal(missed, [], f'{len(syncs)} fsyncs, each left out once')


# ---- a crash of the machine ----

def crash_of_the_machine(setting, where, _):
    """Whatever was not synced at a checkpoint is empty, or gone: the run goes on from there."""
    out = where / 'out'
    preload.run(['run', RUN, '--out', out, '--quiet'], setting.env, [where], log=where / 'log')
    calls = read_log(where / 'log')
    states = [call.number for call in calls if call.function == 'rename' and call.detail.endswith(STATE)]
    for number in states[1:]:
        for loss in ('empty', 'gone'):
            shutil.rmtree(out)
            killed = preload.run(['run', RUN, '--out', out, '--quiet'], setting.env, [where],
                                 fault=f'kill-before@{number + 4}', log=where / 'log')
            expect(killed.killed, f'killed after call {number + 3}, the fsync that follows a state')
            disk = Disk()
            disk.replay(read_log(where / 'log'))
            lost = [name for name in disk.all_lost() if os.path.isfile(name) and MEMBER in name]
            for name in lost:
                os.unlink(name)
                if loss == 'empty':
                    open(name, 'wb').close()
            done = preload.run(['resume', out, '--quiet'], setting.env)
            told = done.err.splitlines()
            expect(done.code == 0 and all('has lost its best network' in line for line in told),
                   f'{len(lost)} member files {loss}: resumed, {len(told)} best ones told lost')
            expect_last_weights(RunDirectory(out), RunDirectory(setting.where / 'run'))


def expect_last_weights(run, reference):
    names = [name for name in reference.checkpoints() if name.startswith(('last', 'snapshot'))]
    differing = [n for n in names if run.checkpoint(n).tensors != reference.checkpoint(n).tensors]
    expect_equal((differing, run.metrics()), ([], reference.metrics()), 'weights, snapshots and metrics.csv')


# ---- metrics.csv ----

def torn_rows(setting, where, step):
    """Rows behind what the checkpoint counts, cut anywhere, or followed by anything."""
    killed = where / 'killed'
    words = ['run', RUN, '--out', killed, '--quiet']
    preload.run(words, setting.env, [where], log=where / 'log')
    writes = [c.number for c in read_log(where / 'log') if c.function == 'write' and c.path.endswith(METRICS)]
    shutil.rmtree(killed)
    preload.run(words, setting.env, [where], fault=f'kill-after@{writes[2]}')
    rows = (killed / METRICS).read_bytes()
    counted = int(RunDirectory(killed).checkpoint(f'last/{STATE}').metadata['metrics_length'])
    expect(counted < len(rows), f'{len(rows) - counted} bytes behind the {counted} that the state counts')
    contents = [rows[:length] for length in range(counted, len(rows) + 1, step)]
    contents += [rows + garbage for garbage in (b'1', b'\0' * 5000, b'\xff,,,"\n\n', rows)]
    for content in contents:
        out = where / 'out'
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(killed, out)
        (out / METRICS).write_bytes(content)
        found = complete(out, None, setting.env) or difference(out, setting.where / 'run') or leftovers(out)
        if found:
            raise Failure(f'metrics.csv of {len(content)} bytes: {found}')
    expect(True, f'{len(contents)} contents, all resumed to the same bytes')
    for length in range(max(0, counted - 160), counted, step):
        shutil.rmtree(out)
        shutil.copytree(killed, out)
        (out / METRICS).write_bytes(rows[:length])
        before = snapshot(out)
        done = preload.run(['resume', out, '--quiet'], setting.env)
        if done.code != 3 or 'rows are lost' not in done.err or snapshot(out) | before != before:
            raise Failure(f'metrics.csv of {length} bytes: exit code {done.code}: {done.err}')
    expect(True, 'fewer bytes than are counted: refused, and nothing is touched')


def main():
    step = 1 if '--all' in sys.argv[1:] else 16
    with folder() as where:
        try:
            setting = Setting(where)
            for test in (order_of_calls, the_check_sees_what_is_missing, crash_of_the_machine, torn_rows):
                print(f'---- {test.__name__}', flush=True)
                place = where / test.__name__
                place.mkdir()
                test(setting, place, step)
        except Failure as failure:
            print(f'FAILED: {failure}')
            sys.exit(1)


if __name__ == '__main__':
    main()
