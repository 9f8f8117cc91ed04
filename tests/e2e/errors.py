"""What can go wrong outside the program: the exit code, a message that names it, nothing half-written."""
import contextlib
import gzip
import os
import shutil
import subprocess

from cltrain import (CONFIGS, LONG, Small, command, environment, expect, expect_equal, expect_errors,
                     expect_same_run, launch_counter, launches_of, main, run, sets, snapshot)

SMALL = CONFIGS / 'small.cfg'
TOO_LARGE = sets(**{'model[0]__units': 2000000, 'model[4]__units': 2000000})


def check_all(small, cases):
    """Rows of (arguments, exit code, pattern, environment); none may leave a file in the folder it
    runs in, where runs/ would come to be."""
    empty = small.where / 'empty'
    for arguments, code, pattern, env in cases:
        empty.mkdir()
        told = run(*arguments, code=code, env={**small.env, **env}, cwd=empty)
        print(f'-- {" ".join(map(str, arguments))} {env or ""}: exit code {code}')
        expect_errors(told, pattern)
        expect_equal(told.out, '', 'nothing on standard output')
        expect_equal(list(empty.iterdir()), [], 'nothing is left behind')
        empty.rmdir()


def usage(where):
    small = Small(where)
    check_all(small, (
        (['trian'], 2, 'trian: no such command', {}),
        (['run'], 2, 'usage: cltrain run', {}),
        (['check', SMALL, SMALL], 2, 'usage: cltrain check', {}),
        (['run', SMALL, '--colour'], 2, '--colour: no such option', {}),
        (['run', SMALL, '--out'], 2, '--out wants a value', {}),
        (['run', SMALL, '--split', 'test'], 2, 'no such option', {}),
        (['run', SMALL, '--member', 'one'], 2, "--member: 'one' is no number", {}),
        (['run', SMALL, '--member', '1'], 2, '--member: .*has 1 members', {}),
        (['run', CONFIGS / 'five.cfg', '--member', '5'], 2, '--member: .*has 5 members', {}),
        (['check', SMALL, '--member', '1'], 2, '--member: .*has 1 members', {}),
        (['lr-range', SMALL, '--member', '1'], 2, '--member: .*has 1 members', {}),
        (['gradcheck', SMALL, '--samples', '49'], 2, '49 samples are asked for, but train.batch_size is 48',
         {}),
        (['gradcheck', SMALL, '--samples', '1'], 2, 'batch_norm has no variance in a batch of one sample', {}),
        (['gradcheck', SMALL, '--features', '785'], 2, '785 features are asked for, but a sample has 784', {}),
        (['eval', '.', '--split', 'all'], 2, "--split: 'all'", {}),
        (['eval', '.', '--checkpoint', 'first'], 2, "--checkpoint: 'first'", {}),
    ))


def configs(where):
    small = Small(where)
    wrong = where / 'wrong.cfg'
    wrong.write_text('model = ( { type = "dense"; } );\n'
                     'train = { epochs = 1; batch_size = 0;\n'
                     '  learning_rte = 0.1; };\n')
    check_all(small, (
        (['run', 'no.cfg'], 2, 'no.cfg', {}),
        (['run', wrong], 2, r'wrong.cfg:3: train.learning_rte: no such key; did you mean '
         r'learning_rate(.|\n)*wrong.cfg:2: train.batch_size: must be at least 1', {}),
        (['run', SMALL, *sets(train__epochs='two')], 2, 'train.epochs', {}),
        (['run', SMALL, '--set', 'train.epochs'], 2, '--set', {}),
        (['run', SMALL], 2, 'CLTRAIN_SMALL_DATA', {'CLTRAIN_SMALL_DATA': None}),
        (['run', SMALL, *sets(train__batch_size=349)], 2, 'batch', {}),  # 350 = 349 + 1
        (['run', SMALL, *sets(train__batch_size=351)], 2, 'batch', {}),
        (['run', SMALL, *sets(train__batch_size=1)], 2, 'no variance in a batch of one sample', {}),
        (['run', SMALL, *sets(data__validation=0, expect='({metric="val_loss";at_least=0.0;})')], 2,
         r'expect\[0\].metric: val_loss wants validation samples', {}),
        (['run', SMALL, *sets(model='({ type = "dense"; units = 11; })')], 2, 'units', {}),
    ))


def copy_of(small, name):
    return shutil.copytree(small.where / 'data', small.where / name)


def damage(path, change):
    with gzip.open(path) as file:
        content = bytearray(file.read())
    with gzip.open(path, 'wb') as file:
        file.write(change(content))


def set_byte(at, value):
    def change(content):
        content[at] = value
        return content
    return change


def data(where):
    small = Small(where)
    images, labels = 'train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte.gz'
    rows = [(['run', SMALL], 3, 'no-such-folder', {'CLTRAIN_SMALL_DATA': where / 'no-such-folder'}),
            (['run', SMALL, *sets(data__validation=430)], 3, 'train', {}),
            (['run', SMALL, *sets(data__format='cifar10')], 3, str(where / 'data'), {})]
    for name, file, change in (
            ('magic', images, set_byte(2, 0x0d)),
            ('cut', images, lambda content: content[:-1]),
            ('trailing', images, lambda content: content + b'x'),
            ('counts', labels, lambda content: content[:7] + bytes([content[7] - 1]) + content[8:-1]),
            ('label', 't10k-labels-idx1-ubyte.gz', set_byte(8 + 5, 10))):
        folder = copy_of(small, name)
        damage(folder / file, change)
        rows.append((['run', SMALL], 3, f'{folder / file}', {'CLTRAIN_SMALL_DATA': folder}))
    torn = copy_of(small, 'torn') / images
    torn.write_bytes(torn.read_bytes()[:5000])
    rows.append((['run', SMALL], 3, str(torn), {'CLTRAIN_SMALL_DATA': torn.parent}))
    gone = copy_of(small, 'gone') / labels
    gone.unlink()
    rows.append((['run', SMALL], 3, 'train-labels', {'CLTRAIN_SMALL_DATA': gone.parent}))
    check_all(small, rows)
    check_all(small, [(['check', *arguments[1:]], *rest) for arguments, *rest in rows])


def check_reads_no_images(where):
    small = Small(where)
    images = copy_of(small, 'damaged') / 'train-images-idx3-ubyte.gz'
    content = bytearray(images.read_bytes())
    content[len(content) // 2:-4] = bytes(len(content[len(content) // 2:-4]))  # not the size
    images.write_bytes(content)
    env = {'CLTRAIN_SMALL_DATA': images.parent}
    told = run('check', SMALL, '--json', env=env).out
    expect_equal(told, run('check', SMALL, '--json', env=small.env).out,
                 'what check says of images that cannot be unpacked, but are of the right size')
    check_all(small, [(['run', SMALL], 3, str(images), env)])


def devices(where):
    small = Small(where)
    nothing = where / 'vendors'
    nothing.mkdir()
    file = where / 'a-file'
    file.write_text('')
    no_platform = {'OCL_ICD_VENDORS': nothing, 'OPENCL_VENDOR_PATH': nothing}
    check_all(small, (
        (['run', SMALL], 4, 'pocl-opencl-icd', no_platform),
        (['devices'], 4, 'pocl-opencl-icd', no_platform),
        (['check', SMALL], 4, 'pocl-opencl-icd', no_platform),
        (['run', SMALL], 4, str(file), {'POCL_CACHE_DIR': file / 'below'}),
        (['run', SMALL, '--device', 'abacus'], 4, '"abacus"; found: 0:0 ', {}),
        (['run', SMALL], 4, '"abacus"; found: 0:0 ', {'CLTRAIN_DEVICE': 'abacus'}),
        (['run', SMALL, *sets(device='abacus')], 4, '"abacus"; found: 0:0 ', {}),
        (['run', SMALL, '--device', '7:0'], 4, '"7:0"; found: 0:0 ', {}),
        (['run', SMALL, *TOO_LARGE], 4, r'needs .*[0-9.]+ MiB.* has [0-9.]+ MiB', {}),
        (['check', SMALL, *TOO_LARGE], 4, r'needs .*[0-9.]+ MiB.* has [0-9.]+ MiB', {}),
    ))


def device_failures(where):
    """Calls of the driver that fail, by tests/support/opencl_layer.c."""
    layer = os.environ.get('CLTRAIN_OPENCL_LAYER')
    if not layer:
        print('left out: CLTRAIN_OPENCL_LAYER does not name the built tests/support/opencl_layer.so')
        return
    small = Small(where)
    check_all(small, [(['run', SMALL], 4, call.split(':')[0],
                       {'OPENCL_LAYERS': layer, 'CLTRAIN_FAIL_CALL': call})
                      for call in ('clCreateContext:1', 'clBuildProgram:1', 'clCreateBuffer:5')])
    reference = small.run('reference')
    small.run('counted', env=launch_counter(where / 'counts'))
    launches = launches_of(where / 'counts')
    lost = small.run('lost', code=4, env={
        'OPENCL_LAYERS': layer,
        'CLTRAIN_FAIL_CALL': f'clEnqueueNDRangeKernel:{launches // 2}'})
    expect(lost.json['status'] == 'failed' and 'clEnqueueNDRangeKernel' in lost.json['reason'],
           f'a device lost while it trains: {lost.json["reason"]}')
    run('resume', lost.path, '--quiet', env=small.env)
    expect_same_run(lost, reference, 'the device is back')
    counts = where / 'counts'
    run('run', SMALL, *TOO_LARGE, code=4,
        env={**small.env, 'OPENCL_LAYERS': layer, 'CLTRAIN_CALL_COUNT': counts})
    expect('clCreateBuffer 0\n' in counts.read_text(), 'a model that is too large allocates nothing')


def first_device_that_works(where):
    """The choice that nobody made goes to the environment, then to the config; --device outranks."""
    small = Small(where)
    small.run('run', '--device', 'cpu', env={'CLTRAIN_DEVICE': 'abacus'})
    small.run('environment', device='abacus', env={'CLTRAIN_DEVICE': 'cpu'})
    expect(True, '--device before CLTRAIN_DEVICE before the config')


def run_directories(where):
    small = Small(where)
    done = small.run('done')
    unmeasured = small.run('unmeasured', data__validation=0)
    before = snapshot(done.path)
    file = where / 'a-file'
    file.write_text('mine')
    check_all(small, (
        (['run', SMALL, '--out', done.path], 3, f'{done.path}: exists', {}),
        (['run', SMALL, '--out', file], 5, str(file), {}),
        (['run', SMALL, '--out', file / 'below'], 5, str(file), {}),
        (['run', SMALL, '--out', '/proc/cltrain'], 5, '/proc/cltrain', {}),
        (['resume', where / 'data'], 3, 'is no run directory', {}),
        (['resume', where / 'nowhere'], 3, 'nowhere', {}),
        (['eval', where / 'data'], 3, str(where / 'data'), {}),
        (['eval', where / 'nowhere'], 3, 'nowhere', {}),
        (['eval', done.path, '--member', '1'], 2, '--member: .*has 1 members', {}),
        (['predict', unmeasured.path, where / 'data/t10k-images-idx3-ubyte.gz', '--checkpoint', 'best'], 3,
         'best/member-000.safetensors: there is no such network', {}),
    ))
    expect_equal(snapshot(done.path), before, 'the run directory is as it was')
    expect_equal(file.read_text(), 'mine', 'so is the file')


def flip(content):
    return content[:-1000] + bytes([content[-1000] ^ 1]) + content[-999:]


def checkpoints(where):
    small = Small(where)
    stopped = small.run('stopped', train__stop_at_update=7)
    for name, file, change, commands in (
            ('one bit', 'last/state.safetensors', flip, ('resume', 'eval')),
            ('cut', 'last/state.safetensors', lambda content: content[:-1], ('resume', 'eval')),
            ('empty', 'last/state.safetensors', lambda content: b'', ('resume', 'eval')),
            ('another file', 'last/state.safetensors', lambda content: b'PK' * 99, ('resume', 'eval')),
            ('best', 'best/member-000.safetensors', flip, ('eval-best',)),
            ('gone', 'last/state.safetensors', None, ('resume', 'eval'))):
        damaged = where / 'damaged'
        shutil.copytree(stopped.path, damaged)
        path = damaged / 'checkpoint' / file
        if change:
            path.write_bytes(change(path.read_bytes()))
        else:
            path.unlink()
        before = snapshot(damaged)
        words = {'resume': ['resume', damaged], 'eval': ['eval', damaged],
                 'eval-best': ['eval', damaged, '--checkpoint', 'best']}
        check_all(small, [(words[command], 3, str(path), {}) for command in commands])
        expect_equal(snapshot(damaged), before, f'{name}: the run directory is as it was')
        shutil.rmtree(damaged)
    rows = stopped.path / 'metrics.csv'
    rows.write_bytes(rows.read_bytes()[:-10])
    check_all(small, [(['resume', stopped.path], 3, f'{rows}.*rows are lost', {})])


def expectations(where):
    small = Small(where)
    for value, code in (('({ metric = "test_accuracy"; at_least = 0.1; })', 0),
                        ('({ metric = "test_accuracy"; at_least = 0.99; })', 1)):
        told = run('run', SMALL, '--out', where / f'run-{code}', '--quiet', *sets(expect=value),
                   code=code, env=small.env)
        expect(('MISSED' if code else ', met') in told.out, f'exit code {code}: {told.out.splitlines()[-2]}')
        if code:
            expect_errors(told, 'test_accuracy')
        else:
            expect_equal(told.err, '', 'nothing on standard error')


# ---- a disk that fills up ----

def mount(where, size):
    where.mkdir()
    done = subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={size}', 'tmpfs', where],
                          capture_output=True, text=True, check=False)
    return done.returncode == 0


def full_disk(where):
    small = Small(where)
    disk = where / 'disk'
    if os.geteuid() != 0 or not mount(disk, '4m'):
        print('left out: only root can mount a small disk')
        return
    try:
        fill_up(small, disk)
    finally:
        subprocess.run(['umount', disk], check=True)


def expect_no_temporaries(folder):
    expect_equal([str(path) for path in folder.rglob('*.tmp*')], [], 'no temporary file is left')


def fill_up(small, disk):
    reference = small.run('reference', **LONG)
    process, run_directory = small.start('disk/run', **LONG)
    with contextlib.suppress(OSError), open(disk / 'filler', 'wb', buffering=0) as filler:
        while True:
            filler.write(bytes(4096))
    told = process.communicate(timeout=60)[1]
    expect_equal(process.returncode, 5, f'filled up while it trains: {told.strip()}')
    expect(told.startswith('cltrain: ') and 'No space left on device' in told, 'it says so')
    expect_no_temporaries(disk)
    run('eval', run_directory.path, env=small.env)
    expect(True, 'the last checkpoint can be read')
    for arguments in (['resume', run_directory.path], ['run', SMALL, '--out', disk / 'another']):
        told = run(*arguments, '--quiet', code=5, env=small.env)
        expect_errors(told, f'{disk}.*No space left on device')
        expect_no_temporaries(disk)
    (disk / 'filler').unlink()
    run('resume', run_directory.path, '--quiet', env=small.env)
    expect_same_run(run_directory, reference, 'with room again, resumed')


def full_output(where):
    small = Small(where)
    for arguments in (['config'], ['devices', '--json'], ['check', SMALL],
                      ['run', SMALL, '--quiet', '--out', where / 'run']):
        with open('/dev/full', 'w') as full:
            told = subprocess.run(command(*arguments), stdout=full, stderr=subprocess.PIPE, text=True,
                                  env=environment(small.env), check=False)
        expect_equal([told.returncode, told.stderr[:9]], [5, 'cltrain: '],
                     f'{arguments[0]}, standard output on a full disk: {told.stderr.strip()}')


main(usage, configs, data, check_reads_no_images, devices, device_failures, first_device_that_works,
     run_directories, checkpoints, expectations, full_disk, full_output)
