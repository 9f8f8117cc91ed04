"""A run that stops, for whatever reason, and goes on has the bits of one that never stopped."""
import shutil
import signal

from cltrain import (CONFIGS, LONG, Failure, RunDirectory, Small, expect, expect_equal, expect_errors,
                     expect_same_run, expect_same_tensors, main, run, sets, snapshot)

TWO = {'population': '({ key = "train.l2"; values = (1e-3, 1e-2); },'
                     ' { key = "train.learning_rate.max"; values = (0.4, 0.1); zip = true; })'}
UPDATES = 16
# Three members with dropout and batch normalisation; what Adam remembers goes on, and its t.
ADAM = {'train__optimizer': '{ type = "adam"; }',
        'population': '({ key = "train.optimizer.beta1"; values = (0.9, 0.5, 0.0); },'
                      ' { key = "train.optimizer.beta2"; values = (0.999, 0.9, 0.99); zip = true; },'
                      ' { key = "train.learning_rate.max"; values = (0.02, 0.1, 0.05); zip = true; })'}
MOMENTUM = {'train__optimizer': '{ type = "sgd"; momentum = 0.9; nesterov = true; }', **TWO}


def resume(small, run_directory, *arguments, code=0):
    return run('resume', run_directory.path, '--quiet', *arguments, code=code, env=small.env)


def stop(small, name, update, **values):
    stopped = small.run(name, train__stop_at_update=update, **{**TWO, **values})
    if stopped.json['status'] != 'interrupted' or stopped.json['updates'] != update:
        raise Failure(f'{name} did not stop at {update}: {stopped.json}')
    return stopped


def every_update(where):
    small = Small(where)
    whole = small.run('whole', **TWO)
    expect_equal(whole.json['updates'], UPDATES, 'two epochs')
    first = [float(row['val_accuracy']) for row in whole.metrics() if row['member'] == '0']
    records = sum(value > max([-1.0, *first[:i]]) for i, value in enumerate(first))
    expect(records >= 3, f'the best checkpoint is written {records} times')
    for update in range(1, UPDATES):
        stopped = stop(small, f'at-{update}', update)
        resume(small, stopped)
        expect_same_run(stopped, whole, f'stopped at {update}')


def every_update_of_adam(where):
    small = Small(where)
    whole = small.run('whole', **ADAM)
    for update in range(1, UPDATES):
        stopped = stop(small, f'at-{update}', update, **ADAM)
        resume(small, stopped)
        expect_same_run(stopped, whole, f'Adam, stopped at {update}')


def what_optimizers_remember(where):
    small = Small(where)
    for name, values, remembered in (('plain', TWO, []), ('momentum', MOMENTUM, ['velocity']),
                                     ('adam', {**TWO, **ADAM}, ['first_moment', 'second_moment'])):
        whole = small.run(name, **values)
        state = whole.checkpoint('last/state.safetensors').tensors
        members = len(whole.members)
        for tensor in remembered:
            expect_equal(list(state[f'{tensor}.0.weight'][:2]), ['F32', [members, 37, 784]],
                         f'{name}: {tensor}.0.weight in the state')
            expect(any(state[f'{tensor}.0.weight'][2]), f'{name}: {tensor} is not zero')
        parameters = [key for key in state if key.endswith(('.weight', '.bias'))]
        expect_equal(len(parameters), 10 * (1 + len(remembered)), f'{name}: tensors in the state')
        for backend in ('native', 'clblast') if remembered else ():
            one = small.run(f'{name}-{backend}', backend=backend, **values)
            stopped = stop(small, f'{name}-{backend}-stopped', 5, backend=backend, **values)
            resume(small, stopped)
            expect_same_run(stopped, one, f'{name}, {backend}, stopped at 5')


def twice(where):
    small = Small(where)
    for backend in ('native', 'clblast'):
        whole = small.run(f'{backend}-whole', backend=backend, **TWO)
        stopped = stop(small, f'{backend}-stopped', 5, backend=backend)
        resume(small, stopped, *sets(train__stop_at_update=11))
        expect_equal([stopped.json['status'], stopped.json['updates']], ['interrupted', 11],
                     f'{backend}: stopped again')
        resume(small, stopped)
        expect_same_run(stopped, whole, f'{backend}, stopped at 5 and 11')


# ---- signals ----

def signals(where):
    small = Small(where)
    whole = small.run('whole', **LONG, **TWO)
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        name = signal.Signals(number).name
        process, stopped = small.start(name, **LONG, **TWO)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        expect_equal(process.returncode, code, f'{name}: exit code')
        updates = stopped.json['updates']
        expect(stopped.json['status'] == 'interrupted' and 0 < updates < 4000,
               f'{name}: interrupted at update {updates}')
        expect_equal(stopped.checkpoint('last/state.safetensors').metadata['update'], str(updates),
                     f'{name}: the checkpoint is of that update')
        expect(str(stopped.path) in out and 'interrupted' in out, f'{name}: {out.strip()}')
        expect('cltrain resume' in err and err.startswith('cltrain: '), f'{name}: {err.strip()}')
        resume(small, stopped)
        expect_same_run(stopped, whole, f'{name}, then resumed')


def killed(where):
    """No last word at all: the run goes on from the last report point."""
    small = Small(where)
    whole = small.run('whole', **LONG, **TWO)
    process, stopped = small.start('killed', **LONG, **TWO)
    process.kill()
    process.communicate()
    expect_equal(stopped.json['status'], 'running', 'killed: the status that stays')
    resume(small, stopped)
    for name in whole.checkpoints():
        expect_same_tensors(stopped.checkpoint(name), whole.checkpoint(name), f'killed: {name}')
    expect_equal(stopped.metrics(), whole.metrics(), 'killed: metrics.csv')


def lost_member_file(where):
    """The state outranks the member files, which come again from it."""
    small = Small(where)
    whole = small.run('whole', **TWO)
    done = small.run('done', **TWO)
    (done.path / 'checkpoint/last/member-001.safetensors').unlink()
    resume(small, done)
    expect_same_run(done, whole, 'a member file that was lost')


def lost_best_file(where):
    """A crash of the machine may take what had not reached the disk: that is said, and the run goes on."""
    small = Small(where)
    whole = small.run('whole', train__stop_at_update=14, **TWO)
    best = [member['best'] for member in whole.members]
    older = min(range(2), key=lambda k: best[k]['update'])
    expect(0 < best[older]['update'] < 14, f'the best of member {older} is of update {best[older]["update"]}')

    def changed(name, change):
        lost = RunDirectory(shutil.copytree(whole.path, where / name))
        change(lost.path / f'checkpoint/best/member-00{older}.safetensors')
        err = run('resume', lost.path, *sets(train__stop_at_update=15), env=small.env).err
        return lost, [line for line in err.splitlines() if line.startswith('cltrain: ')]

    said = f'cltrain: member {older} has lost its best network, of update {best[older]["update"]}, and goes on'
    for name, change, why in (
            ('missing', lambda path: path.unlink(), 'No such file'),
            ('damaged', lambda path: path.write_bytes(path.read_bytes()[:-1]), 'damaged'),
            ('older', lambda path: shutil.copy(str(path).replace('best', 'last'), path), 'is of update 14')):
        lost, told = changed(name, change)
        expect(len(told) == 1 and told[0].startswith(said) and why in told[0], f'{name}: {told}')
        resume(small, lost)
        expect_equal(lost.json['status'], 'done', f'{name}: the run ends well')
    lost, told = changed('no folder', lambda path: shutil.rmtree(path.parent))
    expect(any(line.startswith(said) for line in told), f'no folder: {told}')
    expect((lost.path / 'checkpoint/best').is_dir(), 'the folder is made again')
    _, told = changed('later', lambda path: None)
    expect_equal(told, [], 'all there: nothing is said')


def one_at_a_time(where):
    small = Small(where)
    process, busy = small.start('busy', **{**LONG, 'train__updates': 100000}, **TWO)
    try:
        expect_errors(resume(small, busy, code=3), f'{busy.path}.*in use by process {process.pid} ')
        expect_errors(run('run', CONFIGS / 'small.cfg', '--out', busy.path, env=small.env, code=3),
                      f'{busy.path}')
    finally:
        process.terminate()
        process.communicate()
    expect_equal(process.returncode, 143, 'the one that holds it goes on until it is stopped')


# ---- what a resume may change ----

def longer(where):
    small = Small(where)
    for every, agree in ((4, True), (3, False)):
        long = small.run(f'long-{every}', report__every_updates=every, train__epochs=3, **TWO)
        short = small.run(f'short-{every}', report__every_updates=every, **TWO)
        resume(small, short, *sets(train__epochs=3))
        if agree:
            expect_same_run(short, long, 'lengthened from two epochs to three')
            continue
        # The end of the shorter run is a report point of its own.
        expect_equal([row for row in short.metrics() if row['update'] != str(UPDATES)],
                     long.metrics(), 'lengthened, but for the report at the former end')
        for k in range(2):
            expect_same_tensors(short.member('last', k), long.member('last', k),
                                f'lengthened, member {k}: last')


def finished(where):
    small = Small(where)
    done = small.run('done', **TWO)
    before = RunDirectory(shutil.copytree(done.path, where / 'before'))
    resume(small, done)
    expect_same_run(done, before, 'a finished run, resumed')
    expect_equal(done.members, before.members, 'a finished run, resumed: members in run.json')


def refused(where):
    small = Small(where)
    done = small.run('done', **TWO)
    before = snapshot(done.path)
    for what, values, pattern in (
            ('another rate', {'train__learning_rate__max': 0.2}, 'may only lengthen'),
            ('another seed', {'seed': 2}, 'may only lengthen'),
            ('another unit of length', {'train__updates': 99, 'train__epochs': 0}, 'lengthen'),
            ('shorter', {'train__epochs': 1}, 'not shorten'),
            ('no such key', {'train__epoch': 3}, 'no such key')):
        expect_errors(resume(small, done, *sets(**values), code=2), pattern)
        expect(snapshot(done.path) == before, f'{what}: nothing is touched')


main(every_update, every_update_of_adam, what_optimizers_remember, twice, signals, killed, lost_member_file,
     lost_best_file, one_at_a_time, longer, finished, refused)
