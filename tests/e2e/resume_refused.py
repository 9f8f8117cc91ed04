"""A run goes on only as it was begun: each thing that its bits hang on and that has changed is named,
and what --allow lets through is written down."""
import gzip
import os
import re
import shutil

from cltrain import (CONFIGS, RunDirectory, Small, expect, expect_equal, expect_errors, expect_same_run, main,
                     replace, run, sets, snapshot)


def resume(where, small, *arguments, code=0):
    return run('resume', where, '--quiet', *arguments, code=code, env=small.env)


def refuse(where, small, pattern, *arguments):
    """Names what differs, and touches nothing."""
    before = snapshot(where)
    expect_errors(resume(where, small, *arguments, code=3), pattern)
    expect(snapshot(where) == before, 'nothing is touched')


def brightened(small, name):
    """One pixel of one image is another; the file's size and header are the same."""
    path = small.where / 'data' / f'{name}-images-idx3-ubyte.gz'
    data = bytearray(gzip.decompress(path.read_bytes()))
    data[-1] ^= 1
    path.write_bytes(gzip.compress(bytes(data)))


def config(where):
    small = Small(where)
    stopped = small.run('stopped', train__stop_at_update=5)
    replace(stopped.path / 'config.cfg', 'l2 = 0.001;', 'l2 = 0.002;')
    refuse(stopped.path, small, r'stopped: config: train.l2 is 0.002, was 0.001; .*--allow config')
    refuse(stopped.path, small, 'train.l2', '--allow', 'device,driver', '--allow', 'data,gemm')
    resume(stopped.path, small, '--allow', 'config')
    expect_equal(stopped.json['status'], 'done', 'allowed: the run ends')
    entry, = stopped.json['resumes']
    expect_equal([entry['update'], entry['allowed'], entry['differences']],
                 [5, ['config'], ['train.l2 is 0.002, was 0.001']], 'what was allowed is written down')
    resume(stopped.path, small)
    expect_equal([len(stopped.json['resumes']), stopped.json['resumes'][1]['differences']], [2, []],
                 'from there on it is the config of the run')


def foreign_state(where):
    small = Small(where)
    stopped = small.run('stopped', train__stop_at_update=5)
    other = small.run('other', train__stop_at_update=5, seed=7)
    state = 'checkpoint/last/state.safetensors'
    (stopped.path / state).write_bytes((other.path / state).read_bytes())
    refuse(stopped.path, small, r'config: seed is 1, was 7')


def another_optimizer(where):
    small = Small(where)
    stopped = small.run('stopped', train__stop_at_update=5)
    replace(stopped.path / 'config.cfg', 'momentum = 0.0;', 'momentum = 0.5;')
    refuse(stopped.path, small, 'config: train.optimizer.momentum is 0.5, was 0.0')
    text = (stopped.path / 'config.cfg').read_text()
    (stopped.path / 'config.cfg').write_text(re.sub(r'optimizer = \{.*?\};', 'optimizer = { type = "adam"; };', text,
                                                    count=1, flags=re.DOTALL))
    refuse(stopped.path, small, r'config: train.optimizer.beta1 is 0.9, was not set')
    refuse(stopped.path, small, r'config: train.optimizer.momentum is not set, was 0.0')


def foreign_rewinds(where):
    small = Small(where)
    stopped = small.run('stopped', train__stop_at_update=5, train__on_divergence='rewind')
    state = stopped.checkpoint('last/state.safetensors')
    state.write(metadata={'update': 'five'})
    refuse(stopped.path, small, 'state.safetensors: .*update')
    for text in ('1', '[[1, 2, 3]]', '[[0, -1, 3]]', '[[0, 1]]', '["x"]', '['):
        state.write(metadata={'rewinds': text})
        refuse(stopped.path, small, r'state.safetensors: its list of rewinds is damaged \(.+\); take another checkpoint')


def foreign_data(where):
    """A list of files without an end, which is not read beyond."""
    small = Small(where)
    stopped = small.run('stopped', train__stop_at_update=5)
    state = stopped.checkpoint('last/state.safetensors')
    for text, had in (('', 'none'), ('abc', 'none'), ('abc train', 'abc'), ('abc train\nabc t10k', 'abc')):
        state.write(metadata={'data': text})
        refuse(stopped.path, small, f"data: the data in 'train' have the content hash [0-9a-f]*, had {had};")


def data(where):
    small = Small(where)
    stopped = small.run('stopped', train__stop_at_update=5)
    moved = small.where / 'moved'
    os.rename(small.where / 'data', moved)
    replace(stopped.path / 'config.cfg', str(small.where / 'data'), str(moved))
    os.symlink(moved, small.where / 'data')
    whole = small.run('whole')
    for name in ('train', 't10k'):
        brightened(small, name)
    refuse(stopped.path, small,
           r"data: the data in 'train' have the content hash [0-9a-f]{32}, had [0-9a-f]{32}; "
           r".*--allow data\n.*'t10k' have")
    for name in ('train', 't10k'):
        brightened(small, name)  # as it was, compressed anew
    resume(stopped.path, small)
    expect_same_run(stopped, whole, 'the same data in another place, compressed otherwise')


def made_elsewhere(where):
    """What a state says of the device and of the order of sums."""
    small = Small(where)
    stopped = small.run('stopped', train__stop_at_update=5)
    for key, word in (('device', 'device'), ('platform', 'device'), ('driver', 'driver'), ('gemm', 'gemm')):
        copy = RunDirectory(shutil.copytree(stopped.path, where / key))
        state = copy.checkpoint('last/state.safetensors')
        state.write({key: 'another'})
        refuse(copy.path, small, rf'{key}: {word}: .* is {re.escape(state.metadata[key])}, was another; '
                                 rf'.*--allow {word}$')
        run('eval', copy.path, env=small.env)
        resume(copy.path, small, '--allow', word)
        entry, = copy.json['resumes']
        expect_equal([entry['allowed'], len(entry['differences'])], [[word], 1], f'{key}: recorded')
        expect_equal(copy.checkpoint('last/state.safetensors').metadata[key], state.metadata[key],
                     f'{key}: from there on that of this session')


def another_device(where):
    small = Small(where)
    stopped = small.run('stopped', train__stop_at_update=5)
    state = stopped.checkpoint('last/state.safetensors').metadata
    device = stopped.json['device']
    expect_equal([state[key] for key in ('platform', 'device', 'driver')],
                 [device[key] for key in ('platform', 'name', 'driver')], 'the state names the device')
    second = os.environ.get('CLTRAIN_SECOND_DEVICE')
    if second:
        refuse(stopped.path, small, f'device: the device is .*, was {re.escape(device["name"])};',
               '--device', second)


def word_that_is_none(where):
    result = run('resume', where, '--allow', 'device,weather', code=2)
    expect_errors(result, "--allow: 'weather' is none of its words: device, driver, data, config, gemm")


def in_parts_and_stages(where):
    small = Small(where)
    rows = '({ key = "train.batch_size"; values = (50, 60); })'
    parts = small.run('parts', population=rows, train__stop_at_update=5)
    expect_equal(parts.json['status'], 'interrupted', 'the first part was stopped')
    brightened(small, 'train')
    expect_errors(resume(parts.path, small, code=3), "parts/01: data: the data in 'train' have")
    replace(parts.path / 'config.cfg', 'momentum = 0.9;', 'momentum = 0.8;')
    refuse(parts.path, small, r'parts/01: config: .*momentum is 0.8, was 0.9;')
    replace(parts.path / 'config.cfg', 'momentum = 0.8;', 'momentum = 0.9;')
    resume(parts.path, small, '--allow', 'data')
    expect_equal([entry['allowed'] for entry in parts.json['resumes']], [['data']],
                 'of the part that went on')
    brightened(small, 'train')
    study = where / 'study'
    run('run', CONFIGS / 'study.cfg', '--out', study, '--quiet', *sets(train__stop_at_update=5),
        env=small.env)
    replace(study / 'config.cfg', 'step_size = 5;', 'step_size = 6;')
    expect_errors(resume(study, small, code=3),
                  r'coarse: config: train.learning_rate.step_size is 6, was 5;')
    expect_errors(resume(study, small, '--allow', 'config', code=3),
                  r'step_size is 6, was 5; put it back as it was: what was begun goes on as it began')


main(config, foreign_state, another_optimizer, foreign_rewinds, foreign_data, data,
     made_elsewhere, another_device, in_parts_and_stages, word_that_is_none)
