"""Run directories, configs and data from a stranger: each is refused with a message, in bounded time
and memory, and nothing outside of a run directory is read or written."""
import contextlib
import gzip
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import zlib

from cltrain import CONFIGS, Small, command, environment, expect, expect_equal, expect_errors, main, run

SMALL = CONFIGS / 'small.cfg'
SECONDS = 20  # of the processor, for a refusal; each takes less than one or two
PATIENCE = 200  # seconds that a busy machine may take for that
MOST_MEMORY = 1 << 30  # bytes that a refusal may take


def bounded(*arguments, code, pattern, env=None, most=MOST_MEMORY):
    """Runs the program, which has to refuse in time; gives its largest resident memory in bytes."""
    measure = ('import resource, subprocess, sys; '
               f'resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS}, {SECONDS})); '
               f'r = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, timeout={PATIENCE}).returncode; '
               'print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(r)')
    done = subprocess.run([sys.executable, '-c', measure, *command(*arguments)], capture_output=True,
                          text=True, errors='replace', env=environment(env))
    what = f'{" ".join(map(str, arguments))[:80]}'
    expect_equal(done.returncode, code, f'{what}: exit code; {done.stderr[-300:]}')
    expect(re.search(pattern, done.stderr), f'{what}: says {pattern}: {done.stderr[:300]}')
    memory = int(done.stdout.split()[-1]) * 1024
    expect(memory <= most, f'{what}: {memory >> 20} MiB at most')
    return memory


# ---- links and pipes in a run directory ----

WRITTEN = ('metrics.csv', 'run.json', 'result.csv', 'report.html', 'config.cfg', 'lock',
           'checkpoint/last/state.safetensors', 'checkpoint/last/member-000.safetensors')
FOLDERS = ('checkpoint', 'checkpoint/last', 'checkpoint/best')


def replace_by_link(path, secret):
    """`path` now leads to a copy of itself elsewhere; a new one to a file of the user's."""
    if path.exists():
        target = secret / path.name
        shutil.move(path, target)
    else:
        target = secret / 'mine.txt'
    path.symlink_to(target)


def contents(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob('*')) if path.is_file()}


def links_in_a_run_directory(where):
    small = Small(where)
    stopped = small.run('stopped', train__stop_at_update=3).path
    for name in WRITTEN + FOLDERS + ('parts', 'stray'):
        for command_of in ('resume', 'report', 'eval') if name in FOLDERS else ('resume',):
            folder, secret = where / 'hostile', where / 'secret'
            shutil.copytree(stopped, folder)
            secret.mkdir()
            (secret / 'mine.txt').write_text('mine\n')
            replace_by_link(folder / name, secret)
            before = contents(secret)
            refused = run(command_of, folder, code=3, env=small.env)
            expect_errors(refused, rf'hostile/{name}: is a link, and a run directory holds none')
            expect_equal(contents(secret), before, f'{command_of}: nothing behind {name} is written')
            shutil.rmtree(folder)
            shutil.rmtree(secret)


def make_socket(path):
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as made:
        made.bind(str(path))


def pipes_in_place_of_files(where):
    small = Small(where)
    stopped = small.run('stopped', train__stop_at_update=3).path
    for name in ('metrics.csv', 'run.json', 'config.cfg', 'checkpoint/last/state.safetensors'):
        for make in (os.mkfifo, make_socket):
            folder = where / 'hostile'
            shutil.copytree(stopped, folder)
            (folder / name).unlink()
            make(folder / name)
            for command_of in ('resume', 'report'):
                bounded(command_of, folder, code=3, env=small.env, pattern=rf'{name}: is no file')
            shutil.rmtree(folder)
    pipe = where / 'pipe.cfg'
    os.mkfifo(pipe)
    bounded('check', pipe, code=2, pattern=r'pipe.cfg: is a named pipe; name a file')
    bounded('check', '/dev/zero', code=2, pattern='/dev/zero: is a device')
    includes = where / 'includes.cfg'
    includes.write_text(f'@include "{pipe}"\n')
    bounded('check', includes, code=2, pattern=r'includes.cfg:1: @include: .*pipe.cfg: is a named pipe')
    bounded('predict', stopped, pipe, code=3, env=small.env, pattern='is a named pipe')
    bounded('predict', stopped, '/dev/zero', code=3, env=small.env, pattern='is a device')
    shutil.copytree(where / 'data', where / 'piped')
    labels = next((where / 'piped').glob('train-labels*'))
    labels.unlink()
    os.mkfifo(labels)
    bounded('run', SMALL, '--out', where / 'x', code=3, env={'CLTRAIN_SMALL_DATA': where / 'piped'},
            pattern='is a named pipe')


def a_config_through_a_pipe_of_the_shell(where):
    small = Small(where)
    read, write = os.pipe()
    os.write(write, SMALL.read_bytes())
    os.close(write)
    done = subprocess.run(command('check', f'/dev/fd/{read}'), env=environment(small.env), pass_fds=(read,),
                          capture_output=True, text=True)
    expect_equal(done.returncode, 0, f'a config from /dev/fd: {done.stderr}')


# ---- names that climb out ----

def names_that_climb_out(where):
    small = Small(where)
    path = where / 'study'
    run('run', CONFIGS / 'study.cfg', '--out', path, '--quiet', env=small.env)
    record = json.loads((path / 'run.json').read_text())
    for folder in ('../elsewhere', '/etc', '..', '.', ''):
        record['stages'][0]['folder'] = folder
        (path / 'run.json').write_text(json.dumps(record))
        refused = run('report', path, code=3, env=small.env)
        expect_errors(refused, 'run.json: "stages" is no list of named folders of this one')
    for name in ('../x', '/x', '..', 'a/b'):
        refused = run('run', SMALL, '--set', f'name={name}', code=2, env=small.env)
        expect_errors(refused, 'name: must be usable as the name of a folder')


def an_included_file_that_is_no_config(where):
    (where / 'secret.txt').write_text('password: hunter2\n')
    for line in ('@include "secret.txt"\n', 'base = "secret.txt";\n'):
        (where / 'x.cfg').write_text(line)
        refused = run('check', where / 'x.cfg', code=2)
        expect_errors(refused, 'secret.txt:1: syntax error')
        expect('hunter2' not in refused.err, 'its content stays out of the message')


# ---- bombs ----

def includes_that_multiply(where):
    for level in range(12):
        (where / f'{level}.cfg').write_text(f'@include "{level + 1}.cfg"\n' * 10)
    (where / '12.cfg').write_text('')
    bounded('check', where / '0.cfg', code=2, pattern='more than 1000 files are included')


def deep_configs(where):
    for opening in ('(', '{ a = ', '['):
        (where / 'deep.cfg').write_text(f'x = {opening * 1000000}')
        bounded('check', where / 'deep.cfg', code=2, pattern='deep.cfg')
    (where / 'deep.cfg').write_text('x = ' + '(' * 2000 + ')' * 2000 + ';')
    bounded('check', where / 'deep.cfg', code=2, pattern='x: no such key')
    with open(where / 'long.cfg', 'wb') as file:
        file.truncate(10 << 30)
    bounded('check', where / 'long.cfg', code=2, pattern='has more than 16777216 bytes')


def numbers_that_overflow(where):
    small = Small(where)
    limits = ('2147483648L', '4294967296L', '9223372036854775807L', '-1')
    keys = ('train.batch_size', 'model[0].units', 'data.validation', 'train.epochs', 'report.every_updates',
            'population_memory', 'train.learning_rate.step_size', 'gradcheck.samples', 'data.augment.shift')
    taken = 0
    for key in keys:
        for value in limits:
            done = subprocess.run(command('check', SMALL, '--set', f'{key}={value}'), capture_output=True,
                                  text=True, env=environment(small.env), timeout=PATIENCE)
            expect(done.returncode in (0, 2, 3, 4), f'{key}={value}: exit code {done.returncode}')
            expect(done.returncode == 0 or done.stderr.startswith('cltrain: '), f'{key}={value}: {done.stderr}')
            taken += done.returncode == 0
    print(f'{len(keys) * len(limits)} extreme numbers: {taken} make sense, the others are refused')
    many = '({ key = "seed"; count = 10000; }, { key = "data.seed"; values = (1, 2); })'
    bounded('check', SMALL, '--set', f'population={many}', code=2, env=small.env, pattern='members')


def records_that_are_large_or_deep(where):
    small = Small(where)
    path = small.run('run', train__stop_at_update=3).path
    good = (path / 'run.json').read_bytes()
    with open(path / 'run.json', 'wb') as file:
        file.truncate(10 << 30)
    bounded('report', path, code=3, pattern='run.json: has more than 67108864 bytes')
    for text, says in (('[' * 10000000, 'maximum parsing depth|more than 4000000 values'),
                       ('[' + '0,' * 30000000 + '0]', 'more than 4000000 values'),
                       ('{"name": "' + 'x' * 60000000 + '"}', 'is damaged')):
        (path / 'run.json').write_text(text)
        bounded('report', path, code=3, pattern=says)
    (path / 'run.json').write_bytes(good)
    header = (path / 'metrics.csv').read_text().splitlines()[0]
    (path / 'metrics.csv').write_text(header + '\n' + '9' * 100000000)
    bounded('report', path, code=3, pattern='metrics.csv:2: its last line has no end')
    (path / 'metrics.csv').write_text(header + '\n' + ',' * 100000000 + '\n')
    bounded('report', path, code=3, pattern='metrics.csv:2: it lacks fields')


def idx_header(kind, count, *shape):
    return struct.pack(f'>HBB{1 + len(shape)}I', 0, 8, kind, count, *shape)


def gzip_that_unpacks_to_much(where):
    small = Small(where)
    data = where / 'bomb'
    shutil.copytree(where / 'data', data)
    env = {'CLTRAIN_SMALL_DATA': data}
    zeros = bytes(1 << 20)
    for image in data.glob('train-images*'):
        image.unlink()
    images = data / 'train-images-idx3-ubyte.gz'
    # More than the header promises: read no further than one byte beyond.
    with gzip.open(images, 'wb', compresslevel=6) as file:
        file.write(idx_header(3, 430, 28, 28))
        for _ in range(2000):
            file.write(zeros)
    memory = bounded('run', SMALL, '--out', where / 'x', code=3, env=env, pattern='bytes follow where the file')
    print(f'2 GiB of zeros in {images.stat().st_size >> 10} KiB: {memory >> 20} MiB')
    # A header that promises much more than follows.
    images.write_bytes(gzip.compress(idx_header(3, 0xffffffff, 60000, 60000)))
    bounded('run', SMALL, '--out', where / 'x', code=3, env=env, pattern='the file ends here|no memory|cannot be held')
    images.write_bytes(gzip.compress(idx_header(3, 0xffffffff, 28, 28)))
    bounded('run', SMALL, '--out', where / 'x', code=3, env=env, pattern='the file ends here')
    # What follows the last member is no part of the data.
    whole = idx_header(3, 430, 28, 28) + bytes(430 * 784)
    images.write_bytes(gzip.compress(whole[:1000]) + gzip.compress(whole[1000:]) + gzip.compress(b'x'))
    bounded('run', SMALL, '--out', where / 'x', code=3, env=env, pattern='bytes follow where the file')


def png(width, height, chunks):
    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    header = chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 0, 0, 0, 0))
    return b'\x89PNG\r\n\x1a\n' + header + b''.join(chunk(*c) for c in chunks) + chunk(b'IEND', b'')


def pictures_that_unpack_to_much(where):
    small = Small(where)
    path = small.run('run', train__stop_at_update=3).path
    bomb = zlib.compress(bytes(300 << 20), 9)
    rows = zlib.compress((b'\0' + bytes(28)) * 28)
    picture = where / 'x.png'
    for made, says, code in (
            (png(0x7fffffff, 0x7fffffff, [(b'IDAT', bomb)]), 'damaged|x 2147483647', 3),
            (png(60000, 60000, [(b'IDAT', bomb)]), 'a picture of 60000 x 60000', 3),
            (png(28, 28, [(b'IDAT', bomb)]), 'damaged', 3),
            (png(28, 28, [(b'iCCP', b'x\0\0' + bomb), (b'IDAT', rows)]), 'damaged|x.png', None),
            (png(28, 28, [(b'zTXt', b'x\0\0' + bomb), (b'IDAT', rows)]), 'damaged|x.png', None)):
        picture.write_bytes(made)
        if code:
            bounded('predict', path, picture, code=code, env=small.env, pattern=says)
        else:
            done = subprocess.run(command('predict', path, picture), capture_output=True, text=True,
                                  env=environment(small.env), timeout=PATIENCE)
            expect(done.returncode in (0, 3), f'a bomb beside the picture: exit code {done.returncode}')
    # A JPEG header of 65,500 x 65,500 in progressive form: refused by its size, before any scan.
    jpeg = (b'\xff\xd8\xff\xc2' + struct.pack('>HBHHB', 11, 8, 65500, 65500, 1) + b'\1\x11\0'
            + b'\xff\xda\0\x08\1\1\0\0\0\0' * 100000)
    (where / 'x.jpg').write_bytes(jpeg)
    bounded('predict', path, where / 'x.jpg', code=3, env=small.env, pattern='a picture of 65500 x 65500|damaged')


# ---- what a terminal or a browser would obey ----

def commands_for_a_terminal(where):
    small = Small(where)
    path = small.run('run', train__stop_at_update=3).path
    escape = '\x1b[2J\x9b31m'
    (where / f'{escape}.cfg').write_text('')
    told = run('check', where / f'{escape}.cfg', code=2)
    expect('\x1b' not in told.err, 'no escape in a message')
    refused = run('check', SMALL, '--set', f'expect=({{ metric = "test_accuracy"; at_least = 0; '
                  f'source = "\\x1b[2J"; }})', code=2, env=small.env)
    expect_errors(refused, 'source: must be text in UTF-8 without control characters')
    record = json.loads((path / 'run.json').read_text())
    record['members'][0]['status'] = escape
    record['members'][0]['values'] = {'train.l2': escape}
    (path / 'run.json').write_text(json.dumps(record))
    told = run('study', path, env=small.env)
    expect('\x1b' not in told.out and '\x9b' not in told.out, 'no escape in a table')
    pictures = where / 'pictures'
    pictures.mkdir()
    (pictures / f'{escape}.png').write_bytes(
        png(28, 28, [(b'IDAT', zlib.compress((b'\0' + bytes(28)) * 28))]))
    told = run('predict', path, pictures, env=small.env)
    expect('\x1b' not in told.out, 'no escape in the CSV')


def markup_in_names(where):
    small = Small(where)
    script = '<script>alert(1)</script>"\'&'
    path = where / 'run'
    run('run', SMALL, '--out', path, '--quiet', '--set', f'name={script.replace("/", "|")}', env=small.env)
    record = json.loads((path / 'run.json').read_text())
    for key in ('version', 'reason', 'ended', 'gemm_backend'):
        record[key] = script
    record['device'] = {key: script for key in ('platform', 'name', 'driver')}
    record['members'][0]['status'] = script
    record['members'][0]['values'] = {f'train.l2{script}': script}
    record['expectations'] = [{'metric': script, 'source': script, 'note': script, 'tensor': script,
                               'low': 0, 'high': 1, 'measured': 0.5, 'met': True}]
    (path / 'run.json').write_text(json.dumps(record))
    run('report', path, '--figures', where / 'figures', env=small.env)
    for page in (path / 'report.html', *(where / 'figures').iterdir()):
        expect('<script' not in page.read_text(), f'no script in {page.name}')


# ---- folders that others may write ----

def files_of_others_in_their_way(where):
    small = Small(where)
    cache = where / 'cache'
    run('run', SMALL, '--out', where / 'first', '--quiet', env={**small.env, 'XDG_CACHE_HOME': cache})
    expect(list(cache.rglob('*')), 'there is a cache')
    for entry in (path for path in cache.rglob('*') if path.is_file()):
        expect_equal(entry.stat().st_mode & 0o077, 0, f'{entry.name} is for this user alone')
    pocl = where / 'pocl'
    pocl.mkdir()
    pocl.chmod(0o777)
    refused = run('run', SMALL, '--out', where / 'second', code=4, env={**small.env, 'POCL_CACHE_DIR': pocl})
    expect_errors(refused, "it is not this user's alone; set POCL_CACHE_DIR")


main(links_in_a_run_directory, pipes_in_place_of_files, a_config_through_a_pipe_of_the_shell,
     names_that_climb_out, an_included_file_that_is_no_config, includes_that_multiply, deep_configs,
     numbers_that_overflow, records_that_are_large_or_deep, gzip_that_unpacks_to_much,
     pictures_that_unpack_to_much, commands_for_a_terminal, markup_in_names,
     files_of_others_in_their_way)
