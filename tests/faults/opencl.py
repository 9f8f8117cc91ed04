"""Each call of the driver fails once, by tests/support/opencl_layer.c: the program ends with one
message and the right exit code, its last checkpoint stays good, and no object of OpenCL is left.

    opencl.py [--all] [--jobs N] [SCENARIO...]

Without --all it tries a spread of the calls, and each function at least once. Beside that, devices
that are lost for good, and one that is slow."""
import argparse
import collections
import concurrent.futures
import hashlib
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import sys

from cltrain import (Failure, RunDirectory, Tensors, command, environment, expect, expect_equal,
                     folder, skip, write_small_data)

CONFIGS = pathlib.Path(__file__).resolve().parent / 'configs'
SECONDS = 120  # after which a process hangs
DEVICE = 4  # the exit code

# What each function may well give; where there are several, they take turns.
CODES = {
    'clGetPlatformIDs': (-6, -1001),
    'clGetDeviceIDs': (-1, -6),
    'clCreateContext': (-2, -6),
    'clCreateBuffer': (-4, -5, -6),
    'clBuildProgram': (-11, -6),
    'clCreateKernel': (-6, -5),
    'clEnqueueNDRangeKernel': (-5, -4, -36),
    'clEnqueueReadBuffer': (-5, -36),
    'clEnqueueWriteBuffer': (-4, -5),
    'clEnqueueMapBuffer': (-12, -4),
    'clWaitForEvents': (-14, -5),
    'clGetEventProfilingInfo': (-7,),
    'clFinish': (-36, -5),
}
ANY_FUNCTION = (-5, -6)  # CL_OUT_OF_RESOURCES, CL_OUT_OF_HOST_MEMORY
# What ends a use of the device: nothing hangs on it but the memory of what is not released. Waiting
# counts where nothing but endings follow, of BUFFERS at least.
ENDINGS = ('clRelease', 'clFinish', 'clEnqueueUnmapMemObject')
BUFFERS = 5
CLBLASTS_WORDS = 'CLBlast: OpenCL error: '  # what it says by itself on standard error
CLBLASTS_STATUS = 'CLBlast: GemmStridedBatched failed'  # it does not say in which call
SPREAD = 6  # calls of a scenario, beside the first of each function
LOST_AFTER = (0.3, 0.6)  # of the calls; each one from there on fails

Scenario = collections.namedtuple('Scenario', 'arguments begun train_images')


def small_run(config, *values):
    return ['run', CONFIGS / config, '--quiet', '--out', '{out}',
            *(word for value in ('gemm.backend=native', *values) for word in ('--set', value))]


# Arguments of the command, {out} its run directory; those of a run that leaves what the command
# finds there; the number of training images.
SCENARIOS = {
    'run': Scenario(small_run('two.cfg'), None, 100),
    'clblast': Scenario(small_run('softmax.cfg', 'gemm.backend=clblast'), None, 60),
    'streaming': Scenario(small_run('two.cfg', 'data.device_memory=1', 'train.batch_size=420',
                                    'train.updates=5', 'report.every_updates=4',
                                    'report.train_samples=30'), None, 1700),
    'resume': Scenario(['resume', '{out}', '--quiet'],
                       small_run('two.cfg', 'train.stop_at_update=3'), 100),
    'study': Scenario(small_run('stages.cfg'), None, 100),
    'eval': Scenario(['eval', '{out}', '--json'], small_run('two.cfg'), 100),
    # How many calls it makes depends on how fast they are.
    'profile': Scenario([*small_run('softmax.cfg'), '--profile'], None, 60),
    'predict': Scenario(['predict', '{out}', '{data}/t10k-images-idx3-ubyte.gz'],
                        small_run('two.cfg'), 100),
}
PROFILED = ('clGetEventProfilingInfo:1', 'clGetEventProfilingInfo:10', 'clWaitForEvents:1',
            'clReleaseEvent:1', 'clFinish:1')

# The call that fails: as CLTRAIN_FAIL_CALL names it, its function ("": several), its code, and its
# number among all where that is always the same, else 0.
Fault = collections.namedtuple('Fault', 'where function code index')


def fault_of(where, function, index=0, turn=0):
    codes = CODES.get(function, ANY_FUNCTION)
    return Fault(where, function, codes[turn % len(codes)], index)


# ---- what a command leaves ----

def without(metadata):
    """A checkpoint's metadata, but for what the clock decides, and how often it was gone on with."""
    return {key: value for key, value in metadata.items()
            if key not in ('crc32', 'seconds', 'metrics_length', 'resumes')}


def content(path):
    """What must be equal of a file that two runs wrote."""
    if path.suffix == '.safetensors':
        tensors = Tensors(path)
        return [sorted(without(tensors.metadata).items()), sorted(tensors.tensors.items())]
    if path.name == 'metrics.csv':
        return RunDirectory(path.parent).metrics()
    if path.name == 'run.json':
        record = json.loads(path.read_text())
        return [record['status'], record.get('updates'), record.get('members')]
    return path.read_bytes() if path.name in ('result.csv', 'config.cfg') else None


def fingerprint(top):
    """Of all that is below the folder, by its name."""
    return {str(path.relative_to(top)): hashlib.sha256(repr(content(path)).encode()).hexdigest()
            for path in sorted(top.rglob('*')) if path.is_file()}


def states_are_there(top):
    return any(top.rglob('state.safetensors'))


class Ended:
    """A process of the program beneath the layer, and what it left."""

    def __init__(self, code, out, err, counts):
        self.code, self.out, self.err, self.counts = code, out, err, counts

    def objects(self, owner):
        return {name: count for name, count in self.counts.items()
                if name.startswith(owner + '-') and count}


# ---- one scenario ----

class Sweep:
    """The calls of one scenario, and what came of each of them failing."""

    def __init__(self, name, where):
        self.name, self.scenario, self.where = name, SCENARIOS[name], where
        self.only_reads = self.scenario.arguments[0] in ('eval', 'predict')
        self.where.mkdir()
        self.data = write_small_data(where / 'data', train=self.scenario.train_images, test=40)
        self.resumed = set()  # fingerprints of folders that were gone on with
        self.ignored = collections.Counter()  # functions whose failure changes nothing
        self.clblasts = collections.Counter()  # objects that CLBlast left
        self.defects = []
        self.begun = None
        if self.scenario.begun:
            self.begun = where / 'begun'
            self.expect_ends(self.scenario.begun, self.begun)
        self.reference = self.place('reference')
        ended = self.run(self.scenario.arguments, self.reference, CLTRAIN_CALL_LOG=where / 'log')
        expect_equal([ended.code, ended.objects('live'), ended.err], [0, {}, ''],
                     f'{name}: undisturbed')
        self.wanted, self.wanted_out = fingerprint(self.reference), ended.out
        self.calls = [line.split()[1] for line in (where / 'log').read_text().splitlines()]
        self.functions = set(ended.counts)

    def is_closing(self, index):
        """Whether with this call endings begin that free a whole run: no result is waited for."""
        endings = itertools.takewhile(lambda call: call.startswith((*ENDINGS, 'clWaitForEvents')),
                                      self.calls[index - 1:])
        return list(endings).count('clReleaseMemObject') >= BUFFERS

    def place(self, name):
        """A fresh run directory, or a copy of the one that was begun."""
        out = self.where / name
        shutil.rmtree(out, ignore_errors=True)
        if self.begun:
            shutil.copytree(self.begun, out)
        return out

    def run(self, arguments, out, **variables):
        words = [str(word).format(out=out, data=self.data) for word in arguments]
        counts = out.with_suffix('.counts')
        counts.unlink(missing_ok=True)
        env = environment({
            'CLTRAIN_SMALL_DATA': self.data, 'OPENCL_LAYERS': os.environ['CLTRAIN_OPENCL_LAYER'],
            'CLTRAIN_LIVE_OBJECTS': '', 'CLTRAIN_CALL_COUNT': counts, **variables})
        done = subprocess.run(command(*words), env=env, text=True, capture_output=True,
                              timeout=SECONDS, check=False)
        lines = counts.read_text().splitlines() if counts.exists() else []
        return Ended(done.returncode, done.stdout.replace(str(out), '{out}'), done.stderr,
                     {name: int(count) for name, count in map(str.split, lines)})

    def expect_ends(self, arguments, out):
        ended = self.run(arguments, out)
        if ended.code != 0:
            raise Failure(f'{arguments}: exit code {ended.code}: {ended.err}')

    # ---- judging ----

    def judge(self, ended, out, fault):
        """What is wrong, a word for its kind and a sentence each."""
        if not ended.counts:
            yield 'crash', f'ended by {ended.code}: {ended.err}'
            return
        if ended.objects('live'):
            yield 'leak', f'{ended.objects("live")}'
        self.clblasts.update(ended.objects('clblast'))
        if ended.code not in (0, DEVICE):
            yield 'code', f'exit code {ended.code}: {ended.err}'
        yield from self.judge_messages(ended)
        if ended.code == 0:
            yield from self.judge_ignored(ended, out, fault)
        else:
            yield from self.judge_files(ended, out)

    def judge_messages(self, ended):
        lines = ended.err.splitlines()
        strange = [line for line in lines if not line.startswith(('cltrain: ', CLBLASTS_WORDS))]
        failures = [line for line in lines if line.startswith('cltrain: ') and
                    not line.startswith('cltrain: warning: ')]
        if strange or len(failures) != (ended.code != 0):
            yield 'message', f'exit code {ended.code} with {ended.err!r}'

    def judge_ignored(self, ended, out, fault):
        """Results are what they were; where it was no ending, the report's page tells the failure."""
        self.ignored[fault.function] += 1
        if fingerprint(out) != self.wanted or (self.only_reads and ended.out != self.wanted_out):
            yield 'file', 'exit code 0, but other results'
        page = out / 'report.html'
        told = page.read_text() if page.exists() else ''
        ending = fault.function.startswith(ENDINGS) or self.is_closing(fault.index)
        if not (ending or (told and fault.function in told) or CLBLASTS_STATUS in told):
            yield 'code', 'exit code 0, and nothing tells the failure'

    def judge_files(self, ended, out):
        left = fingerprint(out)
        if [name for name in left if '.tmp' in name]:
            yield 'file', f'half-written: {sorted(left)}'
        if self.only_reads:
            if left != self.wanted or ended.out:
                yield 'file', f'a command that only reads changes or tells something: {ended.out}'
            return
        yield from self.judge_record(ended, out)
        yield from self.judge_resumed(left, out)

    def judge_record(self, ended, out):
        """run.json says what the message says; what begins a run only fails before it is there."""
        path = out / 'run.json'
        if not path.exists():
            if out.exists():
                yield 'file', f'a run directory without run.json: {list(out.rglob("*"))}'
            return
        record = json.loads(path.read_text())
        if record['status'] == 'done':
            if 'the run is whole' not in ended.err:
                yield 'file', f'run.json says done: {ended.err}'
        elif self.begun and record['status'] == 'interrupted':
            if fingerprint(out) != fingerprint(self.begun):
                yield 'file', 'changed, and run.json tells no reason'
        elif record['status'] != 'failed' or record['reason'] not in ended.err:
            yield 'file', f'run.json: {record["status"]}, {record["reason"]}: {ended.err}'

    def judge_resumed(self, left, out):
        """With a device that works, the run goes on to the bits of one never disturbed."""
        key = repr(left)
        if key in self.resumed or not states_are_there(out):
            return
        ended = self.run(['resume', '{out}', '--quiet'], out)
        if ended.code != 0:
            yield 'lost', f'resume: exit code {ended.code}: {ended.err}'
            return
        now = fingerprint(out)
        if now == self.wanted:
            self.resumed.add(key)
            return
        differing = [name for name in {*now, *self.wanted} if now.get(name) != self.wanted.get(name)]
        yield 'lost', f'resumed to other bits: {differing}'

    def fail(self, fault):
        """Makes a call fail; gives the defects."""
        out = self.place('at-' + fault.where.replace(':', '-'))
        try:
            ended = self.run(self.scenario.arguments, out,
                             CLTRAIN_FAIL_CALL=f'{fault.where}:{fault.code}')
            defects = list(self.judge(ended, out, fault))
        except subprocess.TimeoutExpired:
            defects = [('crash', f'hangs for {SECONDS} s')]
        shutil.rmtree(out, ignore_errors=True)
        for kind, what in defects:
            print(f'{self.name}: {fault}: {kind}: {what}', flush=True)
        return defects

    def choose(self, everything):
        """Faults of all calls, or of a spread of them and the first of each function; of devices
        that are lost."""
        if self.name == 'profile':
            return [fault_of(where, where.split(':')[0]) for where in PROFILED]
        chosen = range(1, len(self.calls) + 1)
        if not everything:
            first = {function: i for i, function in reversed(list(enumerate(self.calls, 1)))}
            step = max(1, len(self.calls) // SPREAD)
            chosen = sorted({*first.values(), *chosen[step // 2::step]})
        lost = (int(len(self.calls) * share) for share in LOST_AFTER)
        return ([fault_of(f'any:{i}', self.calls[i - 1], i, i) for i in chosen] +
                [fault_of(f'any:{i}+', '') for i in lost])

    def sweep(self, jobs, everything):
        faults = self.choose(everything)
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            for defects in pool.map(self.fail, faults):
                self.defects += defects
        return len(faults)

    def is_slow(self):
        """Late calls change no bits."""
        out = self.place('slow')
        ended = self.run(self.scenario.arguments, out, CLTRAIN_SLOW_CALL='any:1+:2')
        expect_equal([ended.code, ended.err], [0, ''], f'{self.name}: each call is 2 ms late')
        expect_equal(fingerprint(out), self.wanted, f'{self.name}: slow, the same bits')


# ---- all of them ----

def undefined_calls(program):
    done = subprocess.run(['nm', '-D', '--undefined-only', program], text=True, capture_output=True,
                          check=False)
    words = [line.split()[-1].split('@')[0] for line in done.stdout.splitlines()]
    return {word for word in words if word.startswith('cl') and word[2].isupper()}


KINDS = ('crash', 'leak', 'code', 'message', 'file', 'lost')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--all', action='store_true', help='every call, not a spread of them')
    parser.add_argument('--jobs', type=int, default=2)
    parser.add_argument('scenario', nargs='*', default=list(SCENARIOS))
    options = parser.parse_args()
    if 'CLTRAIN_OPENCL_LAYER' not in os.environ:
        skip('CLTRAIN_OPENCL_LAYER does not name the built tests/support/opencl_layer.so')
    rows, defects = [], 0
    with folder() as where:
        for name in options.scenario:
            sweep = Sweep(name, where / name)
            missing = undefined_calls(command()[0]) - sweep.functions
            expect(not missing, f'the layer knows every call of the program {missing or ""}')
            tried = sweep.sweep(options.jobs, options.all)
            kinds = collections.Counter(kind for kind, _ in sweep.defects)
            rows.append([name, len(sweep.calls), tried, len(sweep.resumed)] + [kinds[k] for k in KINDS])
            defects += len(sweep.defects)
            if name in ('run', 'streaming'):
                sweep.is_slow()
            print(f'{name}: ignored rightly: {dict(sweep.ignored)}; left by CLBlast: '
                  f'{dict(sweep.clblasts)}', flush=True)
    heads = ['scenario', 'calls', 'faults', 'resumed', *KINDS]
    for row in [heads, *rows]:
        print('  '.join(f'{cell:>9}' for cell in row))
    if defects:
        print(f'FAILED: {defects} defects')
        sys.exit(1)


if __name__ == '__main__':
    main()
