"""cltrain doctor: what it says of a machine, and of a run, that something is wrong with."""
import json
import os
import re
import shutil
import signal

from cltrain import LONG, Failure, Small, expect, expect_equal, main, replace, run

# None of the test's own settings is a finding.
QUIET = {'CLTRAIN_DEVICE': None, 'CLTRAIN_CIFAR10': None}


def plain(env=None):
    """QUIET, of what is set at all, and `env` over it."""
    return {**{name: value for name, value in QUIET.items() if name in os.environ}, **(env or {})}


def examine(where, *arguments, code=0, env=None):
    """The findings, as pairs of a verdict and a text."""
    told = run('doctor', *arguments, '--json', code=code, env=plain(env), cwd=where)
    result = json.loads(told.out)
    expect_equal(told.err, '', 'nothing on standard error')
    found = [(row['verdict'], row['found']) for row in result['findings']]
    for verdict, key in (('problem', 'problems'), ('warning', 'warnings')):
        expect_equal(result[key], sum(row[0] == verdict for row in found), f'the number of {key}')
    expect_equal(code, int(result['problems'] > 0), 'the exit code follows the problems')
    for row in result['findings']:
        print(f'   {row["heading"]}: {row["verdict"]}: {row["found"]} [{row["advice"]}]')
        if row['verdict'] != 'ok' and not row['advice'] and not re.search('; |: (install|put) ', row['found']):
            raise Failure('does not say what to do')
    return found


def expect_found(found, verdict, *parts):
    expect(any(row[0] == verdict and all(part in row[1] for part in parts) for row in found),
           f'a {verdict} with {parts}')


def healthy(where):
    found = examine(where)
    expect_found(found, 'ok', 'a run takes device 0:0')
    for kind in ('float', 'double'):
        expect_found(found, 'ok', f'a kernel in {kind} is built, runs and gives the right number')
    expect_found(found, 'ok', 'run directories', 'can be written')
    expect_equal(list(where.iterdir()), [], 'the current folder is left as it was')


def no_driver(where):
    empty = where / 'vendors'
    empty.mkdir()
    found = examine(where, code=1, env={'OCL_ICD_VENDORS': empty})
    expect_found(found, 'problem', 'folder of drivers', str(empty), 'no .icd file')
    expect_found(found, 'problem', 'no OpenCL platform')
    found = examine(where, code=1, env={'OCL_ICD_VENDORS': where / 'missing'})
    expect_found(found, 'problem', str(where / 'missing'), 'No such file')
    (empty / 'gone.icd').write_text('libgone.so.1\n')
    (empty / 'nothing.icd').write_text('\n')
    (empty / 'folder.icd').mkdir()
    found = examine(where, code=1, env={'OCL_ICD_VENDORS': empty})
    expect_found(found, 'warning', 'gone.icd', 'libgone.so.1')
    expect_found(found, 'warning', 'nothing.icd', 'is empty')
    expect_found(found, 'warning', 'folder.icd')


def no_place_for_kernels(where):
    file = where / 'a-file'
    file.write_text('')
    found = examine(where, code=1, env={'POCL_CACHE_DIR': file / 'below'})
    expect_found(found, 'problem', 'PoCL cannot keep its compiled kernels', str(file))
    expect_equal([row for row in found if row[0] == 'problem'][1:], [], 'it is the one problem')


def damaged_kernels(where):
    """PoCL's own files cut short, over which it ends the process."""
    cache = where / 'pocl'
    examine(where, env={'POCL_CACHE_DIR': cache})
    for path in [*cache.rglob('*.so'), *cache.rglob('*.bc')]:
        path.write_bytes(path.read_bytes()[:100])
    told = json.loads(run('doctor', '--json', code=1, env=plain({'POCL_CACHE_DIR': cache}),
                          cwd=where).out)
    crash = [row for row in told['findings'] if 'crashes (signal' in row['found']]
    expect_equal([row['verdict'] for row in crash], ['problem'], 'a crash of the driver')
    expect_equal(crash[0]['heading'], 'device 0:0', 'what crashes')
    expect(f'remove the folder {cache}' in crash[0]['advice'], 'what to remove')
    shutil.rmtree(cache)
    examine(where, env={'POCL_CACHE_DIR': cache})


def failing_devices(where):
    if 'CLTRAIN_OPENCL_LAYER' not in os.environ:
        return print('left out: CLTRAIN_OPENCL_LAYER names no layer')
    layer = {'OPENCL_LAYERS': os.environ['CLTRAIN_OPENCL_LAYER']}
    for call, what in (('clBuildProgram:1+:-11', 'a kernel in float: '), ('clCreateContext:1+:-6', 'clCreateContext'),
                       ('clGetDeviceIDs:1+:-33', 'clGetDeviceIDs'), ('clGetDeviceInfo:1+:-5', 'clGetDeviceInfo')):
        told = run('doctor', '--json', code=1, cwd=where, env=plain({
            **layer, 'CLTRAIN_FAIL_CALL': call, 'XDG_CACHE_HOME': where / 'cache', 'POCL_CACHE_DIR': where / 'pocl'}))
        found = [row['found'] for row in json.loads(told.out)['findings'] if row['verdict'] != 'ok']
        expect(any(what in text for text in found), f'{call}: {found}')
        expect(not any('ends the process' in text or 'crashes' in text for text in found), 'nothing else of it')


def nowhere_to_write(where):
    """Nor a home; and no file can be made in /proc, not even by root."""
    homes = {name: None for name in ('HOME', 'XDG_CACHE_HOME') if name in os.environ}
    found = examine('/proc', code=1, env={**homes, 'POCL_CACHE_DIR': where / 'pocl'})
    expect_found(found, 'problem', 'run directories', 'cannot be written')
    expect_found(found, 'warning', 'cltrain\'s cache: no folder')
    expect_found(found, 'warning', 'HOME is not set')
    expect_found(examine(where, env={'POCL_CACHE_DIR': 'kernels'}), 'warning', 'POCL_CACHE_DIR', 'another folder')


def data(where):
    """Whether CIFAR-10 is there, not what it holds."""
    for name in [*(f'data_batch_{i}' for i in range(1, 6)), 'test_batch']:
        (where / f'{name}.bin').write_text('')
    expect_found(examine(where, env={'CLTRAIN_CIFAR10': where}), 'ok', 'has CIFAR-10')


def settings(where):
    env = {'CLTRAIN_DEVICE': 'abacus', 'CLTRAIN_CIFAR10': where, 'POCL_MAX_PTHREAD_COUNT': 1}
    found = examine(where, code=1, env=env)
    expect_found(found, 'problem', 'CLTRAIN_DEVICE', '"abacus"', 'found: 0:0')
    expect_found(found, 'problem', 'CLTRAIN_CIFAR10', 'data_batch_1.bin')
    expect_found(found, 'warning', 'POCL_MAX_PTHREAD_COUNT=1')
    if 'OPENCL_LAYERS' in os.environ:
        expect_found(found, 'warning', 'OPENCL_LAYERS')
    lines = run('doctor', code=1, env=plain(env), cwd=where).out.splitlines()
    words = [line.split(None, 1)[0] for line in lines if re.match('  [a-z]', line)]
    expect_equal(words, [row[0] for row in found], 'the text has the verdicts of --json')
    expect(lines[-1].startswith('2 problems, '), 'and their number')


def runs(where):
    small = Small(where)
    process, directory = small.start('killed', **LONG)
    process.send_signal(signal.SIGSTOP)  # or it may be done before it is looked at
    found = examine(where, directory.path)
    expect_found(found, 'ok', 'is in use by process')
    expect_found(found, 'ok', 'cltrain resume would refuse')
    process.kill()
    process.communicate()
    found = examine(where, directory.path, code=1)
    expect_found(found, 'problem', 'the run was killed')
    expect_found(found, 'ok', 'cltrain resume would go on after update', 'of 4000')
    early = shutil.copytree(directory.path, where / 'early')
    for path in (early / 'checkpoint/last').iterdir():
        path.unlink()
    expect_found(examine(where, early, code=1), 'ok', 'cltrain resume would begin the run again')
    run('resume', early, '--quiet', '--set', 'train.stop_at_update=5', env=small.env)
    expect_found(examine(where, early), 'ok', 'would go on after update 5 of 4000')
    run('resume', directory.path, '--quiet', env=small.env)
    found = examine(where, directory.path)
    expect_found(found, 'ok', 'status done')
    expect_found(found, 'ok', 'nothing to do')

    state = directory.path / 'checkpoint/last/state.safetensors'
    content = bytearray(state.read_bytes())
    content[-5] ^= 1
    state.write_bytes(content)
    (directory.path / 'metrics.csv.tmp.1').write_text('')
    found = examine(where, directory.path, code=1)
    expect_found(found, 'problem', 'state.safetensors', 'checksum')
    expect_found(found, 'problem', 'the last state is damaged')
    expect_found(found, 'warning', '*.tmp.*', 'left: 1')

    (directory.path / 'report.html').unlink()
    (directory.path / 'report.html').symlink_to('/etc/hostname')
    expect_found(examine(where, directory.path, code=1), 'problem', 'report.html', 'is a link')
    expect_found(examine(where, where / 'data', code=1), 'problem', 'is no run directory')


def ended_runs(where):
    small = Small(where)
    diverged = small.run('diverged', code=6, train__learning_rate='1e30')
    found = examine(where, diverged.path)
    expect_found(found, 'warning', 'the run diverged')
    expect_found(found, 'ok', 'nothing to do: every member has diverged')

    failed = small.run('failed', train__stop_at_update=5)
    replace(failed.path / 'run.json', '"status": "interrupted"', '"status": "failed"')
    expect_found(examine(where, failed.path, code=1), 'problem', 'the run failed')
    (failed.path / 'run.json').write_text('{')
    expect_found(examine(where, failed.path, code=1), 'problem', 'run.json:1')
    (failed.path / 'config.cfg').write_text('train = 1;')
    found = examine(where, failed.path, code=1)
    expect_found(found, 'problem', 'config.cfg')
    expect_found(found, 'problem', 'cltrain resume would refuse: the config cannot be used')

    gone = small.run('gone', train__stop_at_update=5)
    (gone.path / 'checkpoint/last/state.safetensors').unlink()
    expect_found(examine(where, gone.path, code=1), 'problem', 'cltrain resume would find no state')

    parts = small.run('parts', config='groups', train__stop_at_update=5)
    expect_found(examine(where, parts.path), 'ok', 'would go on with the stage or part that is not done')


main(healthy, no_driver, no_place_for_kernels, damaged_kernels, failing_devices, nowhere_to_write, data, settings, runs,
     ended_runs)
