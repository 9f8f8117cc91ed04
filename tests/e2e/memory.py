"""The main job's largest resident size, with its kernels compiled already."""
import os
import subprocess

from cltrain import (FASHION_MNIST, POCL, ROOT, RunDirectory, command, environment, expect, main, sets,
                     skip)

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


main(resident_size)
