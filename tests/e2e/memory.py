"""The main job's largest resident size, with its kernels compiled already; and plain files larger
than the memory that a process may have, which are mapped."""
import os
import resource
import struct
import subprocess
import sys

from cltrain import (FASHION_MNIST, POCL, ROOT, RunDirectory, command, environment, expect,
                     expect_equal, main, sets, skip)

MOST = 350  # MB


def peak(where, name, **values):
    """MB (10^6 bytes) of a run of the config."""
    process = subprocess.Popen(
        command('run', ROOT / 'configs/fashion-mnist.cfg', '--device', POCL, '--quiet',
                '--out', where / name, *sets(expect='()', **values)),
        env=environment(), stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    expect(process.returncode == 0 and RunDirectory(where / name).json['status'] == 'done',
           f'{name}: done')
    return usage.ru_maxrss * 1024 / 1e6


def resident_size(where):
    if not FASHION_MNIST.is_dir():
        skip(f'no {FASHION_MNIST}: install dataset-fashion-mnist')
    peak(where, 'warming up', train__epochs=0, train__updates=550)
    megabytes = peak(where, 'measured', train__epochs=1)
    expect(megabytes <= MOST, f'{megabytes:.0f} MB, at most {MOST}')


# ---- a data set larger than the memory of the process ----

SIDE = 128
SAMPLES = 65536  # of SIDE * SIDE bytes: 1 GiB
OWN_MOST = 640 << 20  # bytes that are no file's


def write_sparse(folder, part, samples):
    """Images that take no room on the disk but for the last one; labels 0 and 1."""
    with open(folder / f'{part}-images-idx3-ubyte', 'wb') as file:
        file.write(struct.pack('>4I', 0x803, samples, SIDE, SIDE))
        file.truncate(16 + (samples - 1) * SIDE * SIDE)
        file.seek(0, 2)
        file.write(bytes(i % 251 for i in range(SIDE * SIDE)))
    (folder / f'{part}-labels-idx1-ubyte').write_bytes(
        struct.pack('>2I', 0x801, samples) + bytes(i % 2 for i in range(samples)))


HUGE = '''
data = {{ format = "idx"; path = "{path}"; }};
model = ( {{ type = "dense"; }} );
train = {{ batch_size = 100; updates = 40; learning_rate = 0.01; }};
report = {{ train_samples = 2000; }};
'''


def limit_memory():
    resource.setrlimit(resource.RLIMIT_DATA, (OWN_MOST, OWN_MOST))


def limited(arguments):
    return subprocess.run(arguments, env=environment(), preexec_fn=limit_memory, capture_output=True,
                          text=True, check=False)


def larger_than_memory(where):
    data = where / 'data'
    data.mkdir()
    write_sparse(data, 'train', SAMPLES)
    write_sparse(data, 't10k', 600)
    config = where / 'huge.cfg'
    config.write_text(HUGE.format(path=data))
    too_much = limited([sys.executable, '-c', f'bytearray({SAMPLES * SIDE * SIDE})'])
    expect('MemoryError' in too_much.stderr, 'the limit keeps a process from holding all of it')
    done = limited(command('run', config, '--quiet', '--device', POCL, '--out', where / 'run',
                           *sets(data__device_memory=64)))
    expect_equal([done.returncode, done.stderr], [0, ''], 'the run ends well')
    expect_equal(RunDirectory(where / 'run').json['status'], 'done', 'a GiB through 64 MiB')


main(resident_size, larger_than_memory)
