"""What a batch system and an operator do to a run: signals, time limits, and what run.json says afterwards."""
import os
import re
import signal
import subprocess
import time

from cltrain import (CONFIGS, LONG, POCL, Failure, RunDirectory, Small, command, environment, expect,
                     expect_equal, expect_errors, expect_same_run, main, run, sets)

TWO = {'population': '({ key = "train.l2"; values = (1e-3, 1e-2); })'}
GRACE = 10  # seconds from SIGTERM to the end


def ended(run_directory):
    record = run_directory.json
    return [record['status'], record['reason'], record['exit_code'], record['signal']]


def resume(small, run_directory, *arguments, code=0):
    return run('resume', run_directory.path, '--quiet', *arguments, code=code, env=small.env)


def start(small, name, *arguments, config='small', **values):
    return subprocess.Popen(
        command('run', CONFIGS / f'{config}.cfg', '--device', POCL, '--out', small.where / name, *arguments, *sets(**values)),
        env=environment(small.env), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(process, what, holds):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        if holds():
            return
        time.sleep(0.005)
    process.kill()
    raise Failure(f'{what} does not come: {process.communicate()}')


def stop(process, number=signal.SIGTERM):
    """Standard output and error."""
    sent = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=120)
    took = time.monotonic() - sent
    expect(took < GRACE, f'{signal.Signals(number).name}: over after {took:.2f} s')
    expect_equal(process.returncode, 128 + number, 'exit code')
    return out, err


# ---- signals ----

def a_checkpoint_now(where):
    """SIGUSR1 writes one between report points, and changes nothing."""
    small = Small(where)
    whole = small.run('whole', **LONG, **TWO)
    process, directory = small.start('asked', quiet=False, **LONG, **TWO)

    def between_reports():
        process.send_signal(signal.SIGUSR1)
        return int(directory.checkpoint('last/state.safetensors').metadata['update']) % 1000 > 0

    wait_for(process, 'a checkpoint', between_reports)
    told = process.communicate(timeout=120)[1]
    expect_equal(process.returncode, 0, 'the run goes on to its end')
    expect(re.search(r'^checkpoint of update \d+ written, as SIGUSR1 asks$', told, re.MULTILINE), 'it is told')
    expect_same_run(directory, whole, 'SIGUSR1')


def a_terminal_that_goes_away(where):
    """SIGHUP stops a run, unless it is ignored as below nohup."""
    small = Small(where)
    process, directory = small.start('stopped', **LONG)
    stop(process, signal.SIGHUP)
    expect_equal(ended(directory), ['interrupted', 'stopped by SIGHUP', 129, 'SIGHUP'], 'run.json')
    old = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process, directory = small.start('nohup', **LONG)
    finally:
        signal.signal(signal.SIGHUP, old)
    process.send_signal(signal.SIGHUP)
    expect_equal(process.wait(timeout=120), 0, 'nohup: the run goes on to its end')
    expect_equal(ended(directory), ['done', 'all updates made', 0, None], 'nohup: run.json')


def before_there_is_anything(where):
    small = Small(where)
    process = start(small, 'early')
    time.sleep(0.1)
    process.terminate()
    _, err = process.communicate(timeout=GRACE)
    # So early, the system may have ended it before it listened.
    expect(process.returncode in (143, -15), f'exit code {process.returncode}')
    expect(err in ('', 'cltrain: stopped by SIGTERM before training began\n'), f'stderr: {err}')
    expect(not (where / 'early/run.json').exists(), 'there is no run')


# Reports that take longer than all training.
SLOW = {'data__path': '/usr/share/datasets/fashion-mnist', 'data__validation': 10000, 'train__updates': 2, 'train__epochs': 0,
        'report__every_updates': 2, 'model[0]__units': 500}


def in_a_report(where):
    """What was cut short is measured by who resumes: the same rows, the same bits."""
    small = Small(where)
    whole = small.run('whole', **SLOW)
    due = 0
    for k, pause in enumerate((0.05, 0.5)):
        process = start(small, f'stopped-{k}', **SLOW)
        directory = RunDirectory(where / f'stopped-{k}')
        wait_for(process, 'the start', lambda: (directory.path / 'metrics.csv').exists())
        time.sleep(pause)
        if process.poll() is not None:
            process.communicate()
            continue
        stop(process)
        due += directory.checkpoint('last/state.safetensors').metadata['report_due'] == 'yes'
        expect_equal(ended(directory), ['interrupted', 'stopped by SIGTERM', 143, 'SIGTERM'], 'run.json')
        resume(small, directory)
        expect_same_run(directory, whole, f'stopped after {pause} s')
    expect(due > 0, f'{due} of them while a report was measured')


def in_tuning(where):
    small = Small(where)
    env = {'XDG_CACHE_HOME': where / 'cache'}
    process = subprocess.Popen(
        [word for word in command('run', CONFIGS / 'wide.cfg', '--out', where / 'tuned', *sets(gemm__tune_seconds=60))],
        env=environment({**small.env, **env}), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    directory = RunDirectory(where / 'tuned')
    wait_for(process, 'the start', lambda: (directory.path / 'run.json').exists())
    time.sleep(0.3)
    stop(process)
    expect_equal(directory.json['updates'], 0, 'before the first update')
    run('resume', directory.path, '--quiet', *sets(train__stop_at_update=1), env={**small.env, **env})


# ---- time limits ----

def time_limit(where):
    small = Small(where)
    whole = small.run('whole', **LONG)
    endless = {**LONG, 'train__updates': 400000}
    begun = time.monotonic()
    done = run('run', CONFIGS / 'small.cfg', '--out', where / 'limited', '--max-time', '3', '--quiet', *sets(**endless),
               env=small.env)
    took = time.monotonic() - begun
    directory = RunDirectory(where / 'limited')
    expect(took < 20, f'3 s: over after {took:.2f} s')
    expect_equal(ended(directory), ['interrupted', 'time limit of 3 reached', 0, None], 'run.json')
    expect(f'`cltrain resume {directory.path}` goes on' in done.out, f'stdout: {done.out}')
    process, directory = small.start('killed', **LONG)
    stop(process)
    resume(small, directory, '--max-time', '1-00:00:00')
    expect_same_run(directory, whole, 'a limit that is not reached')


def time_limit_of_several(where):
    """One that is too short for the first to begin is an error; it takes longer on a busy machine."""
    small = Small(where)
    for limit in (2, 8, 32):
        folder = where / f'within-{limit}'
        done = subprocess.run(
            command('run', CONFIGS / 'small.cfg', CONFIGS / 'small.cfg', '--out', folder, '--max-time', limit, '--quiet',
                    *sets(**{**LONG, 'train__updates': 4000000})),
            env=environment(small.env), capture_output=True, text=True, check=False)
        expect('not run: ' in done.stdout, f'{limit} s: {done.stdout}')
        if done.returncode == 0:
            return
        expect_equal(done.returncode, 2, f'exit code of {done.stderr}')
    raise Failure('nothing has begun within 32 s')


def lengths_of_time(where):
    small = Small(where)
    for text in ('90s', '1.5m', '1h', '2d', '1:30', '1-12:00:00'):
        small.run(f'within-{text}'.replace(':', '-'), f'--max-time={text}', train__stop_at_update=1)
    for text in ('0', '-3', 'ten', '3x', '1:2:3:4', '1:', '5 m', 'nan', 'inf', '1e3', '', '1-', '-1-2'):
        expect_errors(run('run', 'no.cfg', f'--max-time={text}', code=2), '--max-time')


# ---- why it ended ----

def exit_reasons(where):
    small = Small(where)
    for name, values, code, wanted in (
            ('done', {}, 0, ['done', 'all updates made', 0, None]),
            ('missed', {'expect': '({ metric = "test_accuracy"; at_least = 1; })'}, 1, ['done', 'all updates made', 1, None]),
            ('stopped', {'train__stop_at_update': 4}, 0, ['interrupted', 'train.stop_at_update is reached', 0, None]),
            ('diverged', {'train__learning_rate': '1e30', 'train__l2': 0}, 6, ['diverged', 'every member diverged', 6, None])):
        expect_equal(ended(small.run(name, code=code, **values)), wanted, name)
    (where / 'failed').mkdir()
    failed = small.run('failed', code=4, env={**os.environ, 'OPENCL_LAYERS': os.environ['CLTRAIN_OPENCL_LAYER'],
                                              'CLTRAIN_FAIL_CALL': 'clEnqueueNDRangeKernel:40'})
    status, reason, code, number = ended(failed)
    expect_equal([status, code, number], ['failed', 4, None], f'failed: {reason}')


main(a_checkpoint_now, a_terminal_that_goes_away, before_there_is_anything, in_a_report, in_tuning, time_limit,
     time_limit_of_several, lengths_of_time, exit_reasons)
