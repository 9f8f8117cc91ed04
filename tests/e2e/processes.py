"""Many processes: one writes a run directory, any number read it, and none does another harm."""
import csv
import json
import os
import signal
import socket
import subprocess
import time

from cltrain import (CONFIGS, LONG, Failure, RunDirectory, Small, command, environment, expect, expect_equal,
                     expect_errors, expect_same_run, main, run, sets)

AT_ONCE = 8


def spawn(words, env, **options):
    return subprocess.Popen(command(*words), env=environment(env), stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, text=True, **options)


def ends(processes):
    """(exit code, standard error) of each."""
    told = [(process.communicate(timeout=300)[1], process.returncode) for process in processes]
    return [(code, err) for err, code in told]


def wait_until(reached, process, what):
    deadline = time.monotonic() + 120
    while not reached():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise Failure(f'{what}: {process.communicate()[1]}')
        time.sleep(0.002)


class Halted:
    """A process that does nothing while others look at what it has begun."""

    def __init__(self, process):
        self.process = process

    def __enter__(self):
        os.kill(self.process.pid, signal.SIGSTOP)

    def __exit__(self, *_):
        os.kill(self.process.pid, signal.SIGCONT)


def in_use_by(process):
    return f'is in use by process {process.pid} on {socket.gethostname()}; wait for it or stop it'


# ---- one writer ----

def refuse_what_is_in_use(small, where):
    process, first = small.start('first', **LONG)
    with Halted(process):
        record = (first.path / 'run.json').read_bytes()
        for words in (('run', CONFIGS / 'small.cfg', '--out', first.path), ('resume', first.path),
                      ('run', CONFIGS / 'study.cfg', '--out', first.path),
                      ('lr-range', CONFIGS / 'small.cfg', '--out', first.path)):
            refused = run(*words, '--quiet', code=3, env=small.env)
            expect_errors(refused, in_use_by(process))
        expect_equal((first.path / 'run.json').read_bytes(), record, 'run.json, byte for byte')
    process.kill()
    process.communicate()
    expect((first.path / 'lock').exists(), 'the file of a killed run is there')
    run('resume', first.path, '--quiet', env=small.env)
    expect(not (first.path / 'lock').exists() and first.json['status'] == 'done', 'and no lock in force')


def a_directory_in_use_is_refused(where):
    refuse_what_is_in_use(Small(where), where)


def without_locks(small):
    """Whether they can be taken from the program: not where it has a sanitizer."""
    if 'CLTRAIN_NO_LOCKS' not in os.environ:
        return False
    small.env['LD_PRELOAD'] = os.environ['CLTRAIN_NO_LOCKS']
    return True


def a_directory_in_use_is_refused_without_locks(where):
    small = Small(where)
    if without_locks(small):
        refuse_what_is_in_use(small, where)


def one_of_many_gets_the_folder(where):
    small = Small(where)
    words = ('run', CONFIGS / 'small.cfg', '--out', where / 'wanted', '--quiet')
    told = ends([spawn(words, small.env) for _ in range(AT_ONCE)])
    expect_equal(sorted(code for code, _ in told), [0] + [3] * (AT_ONCE - 1), 'one of many')
    for code, err in told:
        if code:
            expect('is in use by process' in err or 'exists and is not empty' in err, err.strip())
    expect_same_run(small.run('alone'), RunDirectory(where / 'wanted'), 'the one that got it')


def by_name_each_gets_its_own(where):
    small = Small(where)
    config = where / 'net.cfg'
    config.write_text(f'base = "{CONFIGS / "small.cfg"}";\nname = "net";\n')
    told = ends([spawn(('run', config, '--quiet'), small.env, cwd=where) for _ in range(AT_ONCE)])
    expect_equal([code for code, _ in told], [0] * AT_ONCE, f'{AT_ONCE} at once')
    names = sorted(path.name for path in (where / 'runs').iterdir())
    expect_equal(names, sorted(['net'] + [f'net-{i}' for i in range(2, AT_ONCE + 1)]), 'their folders')
    first = RunDirectory(where / 'runs/net')
    for name in names[1:]:
        expect_same_run(first, RunDirectory(where / 'runs' / name), name)


# ---- studies, and runs inside of runs ----

def a_study_and_its_stages_are_refused(where):
    small = Small(where)
    study = where / 'study'
    words = ('run', CONFIGS / 'study.cfg', '--out', study, '--quiet')
    process = spawn(words, small.env)
    wait_until((study / 'coarse/config.cfg').exists, process, 'the first stage does not begin')
    with Halted(process):
        for refused in (words, ('resume', study, '--quiet'), ('resume', study / 'coarse', '--quiet')):
            expect_errors(run(*refused, code=3, env=small.env), in_use_by(process))
    expect_equal(ends([process])[0][0], 0, 'the study ends well')
    alone = small.run('alone', config='study')
    for stage in ('coarse', 'fine', 'retrained', 'shapes'):
        expect_same_run(RunDirectory(alone.path / stage), RunDirectory(study / stage), stage)


def a_run_inside_of_a_run_harms_neither(where):
    small = Small(where)
    process, outer = small.start('outer', train__updates=6000, train__epochs=0,
                                 report__every_updates=1000)
    inner = small.run('outer/inner')
    expect_equal(ends([process])[0][0], 0, 'the outer run ends well')
    expect_same_run(small.run('alone'), inner, 'the inner run')
    expect_equal(outer.json['updates'], 6000, 'the outer run')
    run('report', outer.path, env=small.env)


# ---- readers ----

def read_whole(directory):
    """The number of rows of metrics.csv; raises where a file is torn."""
    status = directory.json['status']
    if status != 'running':
        raise Failure(f'run.json says {status}')
    with open(directory.path / 'metrics.csv', newline='') as file:
        text = file.read()
    rows = list(csv.reader(text[:text.rfind('\n') + 1].splitlines()))
    if any(len(row) != len(rows[0]) for row in rows):
        raise Failure(f'torn rows: {rows}')
    return len(rows)


def readers_beside_a_writer(where):
    """A report point every few milliseconds, each with run.json and a checkpoint."""
    small = Small(where)
    process, directory = small.start('run', train__updates=1000000, train__epochs=0,
                                     report__every_updates=20)
    images = where / 'data/t10k-images-idx3-ubyte.gz'
    commands = [('report', directory.path), ('report', directory.path, '--figures', where / 'figures'),
                ('eval', directory.path), ('eval', directory.path, '--checkpoint', 'last'),
                ('predict', directory.path, images)]
    readers = [spawn(words, small.env) for words in commands]
    seen, reads = set(), 0
    while any(reader.poll() is None for reader in readers):
        seen.add(read_whole(directory))
        reads += 1
    expect(process.poll() is None, f'{reads} reads of a run that goes on, none torn')
    expect(len(seen) > 1, f'{len(seen)} states of it')
    for words, (code, err) in zip(commands, ends(readers)):
        expect_equal((code, err if code else ''), (0, ''), ' '.join(str(word) for word in words[:1]))
    page = (directory.path / 'report.html').read_text()
    expect('running' in page and page.rstrip().endswith('</html>'), 'a page of a run that goes on')
    process.terminate()
    expect_equal(ends([process])[0][0], 143, 'the writer')


def reports_at_once(where):
    small = Small(where)
    directory = small.run('run')
    alone = (directory.path / 'report.html').read_bytes()
    told = ends([spawn(('report', directory.path), small.env) for _ in range(AT_ONCE)])
    expect_equal([code for code, _ in told], [0] * AT_ONCE, f'{AT_ONCE} reports at once')
    expect_equal((directory.path / 'report.html').read_bytes(), alone, 'the page')
    expect_equal(list(directory.path.glob('*.tmp.*')), [], 'nothing left behind')


def a_trial_table_beside_a_study(where):
    small = Small(where)
    path = where / 'study'
    process = spawn(('run', CONFIGS / 'study.cfg', '--out', path, '--quiet'), small.env)
    wait_until((path / 'run.json').exists, process, 'the study does not begin')
    reads = 0
    while process.poll() is None:
        for words in (('study', path), ('report', path)):
            run(*words, env=small.env)
            json.loads((path / 'run.json').read_text())
        reads += 1
    expect_equal(ends([process])[0][0], 0, f'a study that was looked at {reads} times')


# ---- the cache ----

def what_two_tune_at_once_is_kept(where):
    small = Small(where)
    small.env['XDG_CACHE_HOME'] = where / 'cache'

    def tune(batch):
        with open(where / f'{batch}.json', 'w') as out:
            return subprocess.Popen(
                command('tune', CONFIGS / 'small.cfg', '--seconds', '1', '--quiet', '--json',
                        *sets(gemm__backend='native', train__batch_size=batch)),
                env=environment(small.env), stdout=out, stderr=subprocess.PIPE, text=True)
    batches = (48, 60, 72)
    expect_equal([code for code, _ in ends([tune(batch) for batch in batches])], [0, 0, 0],
                 f'{len(batches)} at once')
    table, = (path for path in (where / 'cache/cltrain/gemm-tuning').iterdir()
              if path.suffix != '.lock')
    kept = {line.split('\t')[0].removeprefix('panels ') for line in table.read_text().splitlines()}
    for batch in batches:
        products = json.loads((where / f'{batch}.json').read_text())['products']
        measured = {product['product'] for product in products if product['measured']}
        expect(measured and measured <= kept, f'batches of {batch}: {len(measured)} products kept')


def machines_that_share_a_home_share_no_entry(where):
    """The same device, driver and version, but features of the processor that a hypervisor masks."""
    small = Small(where)

    def entries(processor):
        env = {**small.env, 'XDG_CACHE_HOME': where / 'cache', 'CLTRAIN_PROCESSOR': processor}
        done = subprocess.run([os.environ['CLTRAIN_OTHER_PROCESSOR'], 'run', CONFIGS / 'small.cfg', '--out',
                               where / f'run-{processor}-{len(os.listdir(where))}', '--quiet',
                               *sets(gemm__backend='native', gemm__tune_seconds=1)],
                              env=environment(env), capture_output=True, text=True, timeout=300, check=False)
        expect_equal((done.returncode, done.stderr), (0, ''), f'a run with {processor}')
        kinds = where / 'cache/cltrain'
        return {kind: {path.name for path in (kinds / kind).iterdir() if path.suffix != '.lock'}
                for kind in ('gemm-tuning', 'selftest')}
    one, both = entries('avx2'), entries('avx512f')
    for kind, names in one.items():
        expect_equal((len(names), len(both[kind]), names < both[kind]), (1, 2, True), f'{kind}: one each')
    expect_equal(entries('avx2'), both, 'the first finds its own again')


if 'POCL_CACHE_DIR' not in os.environ:  # PoCL's own would go with XDG_CACHE_HOME
    os.environ['POCL_CACHE_DIR'] = os.path.expanduser('~/.cache/pocl/kcache')
main(a_directory_in_use_is_refused, a_directory_in_use_is_refused_without_locks,
     one_of_many_gets_the_folder, by_name_each_gets_its_own, a_study_and_its_stages_are_refused,
     a_run_inside_of_a_run_harms_neither, readers_beside_a_writer, reports_at_once,
     a_trial_table_beside_a_study, what_two_tune_at_once_is_kept,
     machines_that_share_a_home_share_no_entry)
