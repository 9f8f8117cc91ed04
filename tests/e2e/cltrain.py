"""What the end-to-end tests share: running the program, reading what it leaves, comparing it.

A test is a script that prints what it compares and raises on the first difference. The environment
names the program (CLTRAIN), the layer of OpenCL (CLTRAIN_OPENCL_LAYER), and what is not everywhere:
CIFAR-10 (CLTRAIN_CIFAR10), a second device (CLTRAIN_SECOND_DEVICE), a Python that has PyTorch
(CLTRAIN_TORCH_PYTHON)."""
import contextlib
import csv
import gzip
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONFIGS = pathlib.Path(__file__).resolve().parent / 'configs'
FASHION_MNIST = pathlib.Path('/usr/share/datasets/fashion-mnist')
PROGRAM = os.environ.get('CLTRAIN', str(ROOT / 'build/host/cli/cltrain'))
POCL = 'Portable Computing Language'  # its platform, as a selector of a device
SKIPPED = 77  # what ctest takes for a skipped test
# Where it is anyway, also in tests that have another XDG_CACHE_HOME: compiling all kernels takes minutes.
os.environ.setdefault('POCL_CACHE_DIR', str(pathlib.Path.home() / '.cache/pocl/kcache'))


class Failure(Exception):
    """A difference; its text says which."""


# ---- verdicts ----

def skip(reason):
    print(f'skipped: {reason}')
    sys.exit(SKIPPED)


def expect(holds, what):
    if not holds:
        raise Failure(what)
    print(f'ok: {what}', flush=True)


def expect_equal(got, wanted, what):
    if got != wanted:
        raise Failure(f'{what}:\n  got    {got!r}\n  wanted {wanted!r}')
    print(f'ok: {what}', flush=True)


def main(*tests):
    """Runs the tests, each in a folder of its own that goes away."""
    for test in tests:
        print(f'---- {test.__name__}', flush=True)
        with folder() as where:
            try:
                test(where)
            except Failure as failure:
                print(f'FAILED: {test.__name__}: {failure}', flush=True)
                sys.exit(1)


@contextlib.contextmanager
def folder():
    path = pathlib.Path(tempfile.mkdtemp(prefix='cltrain-e2e-'))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


# ---- data ----

def truncated_idx(source, count):
    """The IDX file `source`, cut to its first `count` items."""
    with gzip.open(source) as file:
        magic = file.read(4)
        sizes = struct.unpack(f'>{magic[3]}I', file.read(4 * magic[3]))
        item = 1
        for size in sizes[1:]:
            item *= size
        return magic + struct.pack(f'>{len(sizes)}I', count, *sizes[1:]) + file.read(count * item)


def write_small_data(where, train=430, test=300):
    """The first images of Fashion-MNIST, as IDX files in the folder `where`."""
    if not FASHION_MNIST.is_dir():
        skip(f'no {FASHION_MNIST}: install dataset-fashion-mnist')
    where.mkdir()
    for part, count in (('train', train), ('t10k', test)):
        for kind in ('images-idx3', 'labels-idx1'):
            name = f'{part}-{kind}-ubyte.gz'
            with gzip.open(where / name, 'wb') as file:
                file.write(truncated_idx(FASHION_MNIST / name, count))
    return where


# ---- running ----

class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err


def command(*arguments):
    """Only tests of the tuner have time to tune: what they set comes last, and holds."""
    words = [str(argument) for argument in arguments]
    if words[:1] == ['run']:
        words[1:1] = sets(gemm__tune_seconds=0)
    return [PROGRAM, *words]


def environment(changes=None):
    """This one's, with `changes` over it; None as a value removes a variable."""
    result = {**os.environ, **{key: str(value) for key, value in (changes or {}).items()}}
    for key, value in (changes or {}).items():
        if value is None:
            del result[key]
    return result


def run(*arguments, code=0, env=None, cwd=None):
    """Runs the program, which must end with the exit code `code`."""
    done = subprocess.run(command(*arguments), env=environment(env), cwd=cwd, text=True,
                          capture_output=True, timeout=600, check=False)
    if done.returncode != code:
        raise Failure(f'{" ".join(command(*arguments))}\n  exit code {done.returncode}, wanted {code}'
                      f'\n--- stdout\n{done.stdout}--- stderr\n{done.stderr}')
    return Result(done.returncode, done.stdout, done.stderr)


def expect_errors(result, pattern):
    """Standard error has nothing but lines of `cltrain: `, and `pattern` is among them."""
    lines = result.err.splitlines()
    expect(lines and all(line.startswith('cltrain: ') for line in lines),
           f'stderr: {result.err.strip()}')
    if not re.search(pattern, result.err):
        raise Failure(f'stderr does not match {pattern!r}')


def sets(**values):
    """train__l2='0.1' -> --set train.l2=0.1"""
    return [word for key, value in values.items()
            for word in ('--set', f'{key.replace("__", ".")}={value}')]


# The model of a network without batch normalisation.
DENSE = '({ type = "dense"; units = 20; }, { type = "relu"; }, { type = "dense"; })'

# A run of seconds, with five report points.
LONG = {'train__updates': 4000, 'train__epochs': 0, 'report__every_updates': 1000}


class Small:
    """Runs configs/small.cfg and its kin on a few images."""

    def __init__(self, where):
        self.where = where
        self.env = {'CLTRAIN_SMALL_DATA': write_small_data(where / 'data')}

    def start(self, name, *arguments, quiet=True, **values):
        """A run in the background, on its way to its third report point; and its directory."""
        process = subprocess.Popen(
            command('run', CONFIGS / 'small.cfg', '--out', self.where / name, *['--quiet'][:quiet], *sets(**values),
                    *arguments),
            env=environment(self.env), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started = RunDirectory(self.where / name)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and process.poll() is None:
            if (started.path / 'metrics.csv').exists() and '1000' in (
                    row['update'] for row in started.metrics()):
                time.sleep(0.05)  # into the updates that follow
                return process, started
            time.sleep(0.005)
        process.kill()
        raise Failure(f'{name} does not get going: {process.communicate()[1]}')

    def run(self, name, *arguments, config='small', code=0, env=None, backend=None, **values):
        """Trains configs/`config`.cfg; gives the run directory, `where`/`name`."""
        if backend:
            values['gemm__backend'] = backend
        run('run', CONFIGS / f'{config}.cfg', '--out', self.where / name, '--quiet',
            *sets(**values), *arguments, code=code, env={**self.env, **(env or {})})
        return RunDirectory(self.where / name)


def launches_of(counts):
    """Of the program that ran with launch_counter() in its environment."""
    return int(dict(line.split() for line in counts.read_text().splitlines())['clEnqueueNDRangeKernel'])


def launch_counter(counts):
    """The environment that has the launches of a program counted into the file `counts`."""
    return {'OPENCL_LAYERS': os.environ['CLTRAIN_OPENCL_LAYER'], 'CLTRAIN_CALL_COUNT': counts}


# ---- run directories ----

class Tensors:
    """A safetensors file: metadata, and (type, shape, bytes) by name."""

    def __init__(self, path):
        data = pathlib.Path(path).read_bytes()
        size, = struct.unpack('<Q', data[:8])
        header = json.loads(data[8:8 + size])
        self.path = path
        self.metadata = header.pop('__metadata__', {})
        self.tensors = {}
        for name, entry in header.items():
            start, end = (8 + size + offset for offset in entry['data_offsets'])
            self.tensors[name] = (entry['dtype'], entry['shape'], data[start:end])

    def write(self, metadata=None, data=None):
        """Over the file, without a checksum, as a foreign tool would: with other metadata, and other
        bytes for the tensors of `data`."""
        header, at, blocks = {}, 0, []
        kept = {key: value for key, value in self.metadata.items() if key not in ('checksum', 'crc32')}
        header['__metadata__'] = {**kept, **(metadata or {})}
        for name, (dtype, shape, old) in self.tensors.items():
            block = (data or {}).get(name, old)
            header[name] = {'dtype': dtype, 'shape': shape, 'data_offsets': [at, at + len(block)]}
            at += len(block)
            blocks.append(block)
        head = json.dumps(header).encode()
        head += b' ' * (-len(head) % 8)
        pathlib.Path(self.path).write_bytes(struct.pack('<Q', len(head)) + head + b''.join(blocks))

    def floats(self, name):
        data = self.tensors[name][2]
        return struct.unpack(f'<{len(data) // 4}f', data)


class RunDirectory:
    def __init__(self, path):
        self.path = pathlib.Path(path)

    @property
    def json(self):
        return json.loads((self.path / 'run.json').read_text())

    @property
    def members(self):
        return self.json['members']

    def metrics(self, without=('seconds',)):
        """Rows of metrics.csv, as the texts that stand there."""
        with open(self.path / 'metrics.csv', newline='') as file:
            rows = list(csv.DictReader(file))
        return [{key: value for key, value in row.items() if key not in without} for row in rows]

    def results(self):
        return (self.path / 'result.csv').read_text()

    def checkpoints(self):
        """Names of the files below checkpoint/."""
        top = self.path / 'checkpoint'
        return sorted(str(path.relative_to(top)) for path in top.rglob('*') if path.is_file())

    def checkpoint(self, name):
        return Tensors(self.path / 'checkpoint' / name)

    def member(self, which, number):
        return self.checkpoint(f'{which}/member-{number:03}.safetensors')


def expect_same_tensors(a, b, what):
    """Byte for byte; `a` and `b` are Tensors."""
    differing = [name for name in sorted({*a.tensors, *b.tensors})
                 if a.tensors.get(name) != b.tensors.get(name)]
    if differing:
        raise Failure(f'{what}: {", ".join(differing)} differ in {a.path} and {b.path}')
    if a.metadata.get('update') != b.metadata.get('update'):
        raise Failure(f'{what}: of update {a.metadata.get("update")} and {b.metadata.get("update")}')
    total = sum(len(data) for _, _, data in a.tensors.values())
    print(f'ok: {what}: {len(a.tensors)} tensors, {total} bytes equal')


def expect_same_run(a, b, what):
    """Checkpoints, results and, but for seconds, metrics."""
    expect_equal(a.checkpoints(), b.checkpoints(), f'{what}: the same checkpoints')
    for name in a.checkpoints():
        expect_same_tensors(a.checkpoint(name), b.checkpoint(name), f'{what}: {name}')
    expect_equal(a.metrics(), b.metrics(), f'{what}: metrics.csv')
    expect_equal(a.results(), b.results(), f'{what}: result.csv')


def replace(path, old, new):
    """In a text file, the first `old` that is there."""
    text = path.read_text()
    if old not in text:
        raise ValueError(f'{path} has no {old!r}')
    path.write_text(text.replace(old, new, 1))


def snapshot(path):
    """Content of every file below `path`, by its name."""
    return {str(file.relative_to(path)): file.read_bytes()
            for file in sorted(pathlib.Path(path).rglob('*')) if file.is_file()}
