"""The examples, built against an installed tree by pkg-config and by CMake, do what the program does."""
import csv
import io
import os
import pathlib
import re
import shutil
import subprocess

from cltrain import (CONFIGS, ROOT, Failure, RunDirectory, Small, environment, expect, expect_equal,
                     expect_same_tensors, main, run, skip)

EXAMPLES = ROOT / 'examples'
STRICT = ['-std=c11', '-Wall', '-Wextra', '-Werror']


def call(*arguments, env=None):
    done = subprocess.run([str(argument) for argument in arguments], env=env, text=True,
                          capture_output=True, timeout=600, check=False)
    if done.returncode:
        raise Failure(f'{arguments}: exit code {done.returncode}\n{done.stdout}{done.stderr}')
    return done.stdout


def install(where):
    binary = os.environ.get('CLTRAIN_BINARY')
    if not binary:
        skip('CLTRAIN_BINARY does not name the build folder')
    call('cmake', '--install', binary, '--prefix', where)
    library, = where.rglob('libcltrain.so')
    expect(pathlib.Path(where / 'share/doc/cltrain/examples/train.c').is_file(), 'examples are installed')
    return library.parent


def build_by_pkg_config(where, libraries):
    env = environment({'PKG_CONFIG_PATH': libraries / 'pkgconfig'})
    flags = call('pkg-config', '--cflags', '--libs', 'cltrain', env=env).split()
    where.mkdir(parents=True)
    for name in ('train', 'classify'):
        call('cc', *STRICT, '-o', where / name, EXAMPLES / f'{name}.c', *flags)
    return where


def build_by_cmake(where, prefix):
    source = where / 'source'
    shutil.copytree(EXAMPLES, source)
    call('cmake', '-S', source, '-B', where / 'build', f'-DCMAKE_PREFIX_PATH={prefix}')
    call('cmake', '--build', where / 'build')
    return where / 'build'


def same_as_the_program(programs, small, where, env):
    """Trains and classifies with the examples in `programs`, and with the program."""
    name = programs.parent.name
    done = small.run(f'{name}-program')
    told = call(programs / 'train', CONFIGS / 'small.cfg', where / f'{name}-example', 'name=small', env=env)
    other = RunDirectory(where / f'{name}-example')
    expect_same_tensors(other.member('last', 0), done.member('last', 0), f'{name}: the same network')
    expect_equal(len(re.findall(r'^update \d+ of 16, member 0: .* validation accuracy', told, re.M)),
                 len(done.metrics()), f'{name}: a call for each report point')
    expect(f'test accuracy {done.members[0]["test_accuracy"]:.4f}' in told, f'{name}: the result')
    images = small.env['CLTRAIN_SMALL_DATA'] / 't10k-images-idx3-ubyte.gz'
    told = call(programs / 'classify', done.path / 'checkpoint/last/member-000.safetensors', images, env=env)
    rows = csv.DictReader(io.StringIO(run('predict', done.path, images).out))
    expect_equal(re.findall(r'\[(\d+)\]: class (\d+)', told),
                 [(row['index'], row['class']) for row in rows], f'{name}: the same classes')


def examples(where):
    small = Small(where)
    libraries = install(where / 'prefix')
    env = environment({**small.env, 'LD_LIBRARY_PATH': libraries})
    same_as_the_program(build_by_pkg_config(where / 'by-pkg-config/build', libraries), small, where, env)
    same_as_the_program(build_by_cmake(where / 'by-cmake', where / 'prefix'), small, where, env)


main(examples)
