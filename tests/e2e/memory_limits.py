"""A run within the limits of its process: it ends well or with one message, and no driver dies.

`--all` goes from far too little to more than enough in steps of 20 MiB, with kernels that have to be compiled."""
import json
import resource
import subprocess
import sys

from cltrain import CONFIGS, POCL, Failure, Small, command, environment, expect, expect_equal, main, run, sets

KINDS = {'ulimit -d': resource.RLIMIT_DATA, 'ulimit -v': resource.RLIMIT_AS}
# What takes next to nothing; and 60 MiB of parameters and all that Adam remembers of them.
SMALL, LARGE = {}, {'model': '({ type = "dense"; units = 3000; }, { type = "dense"; units = 500; }, { type = "dense"; })',
                    'train__optimizer': '{ type = "adam"; }', 'train__epochs': 0, 'train__updates': 1}


def below(kind, mebibytes, words, env=None, cwd=None):
    def limit():
        resource.setrlimit(KINDS[kind], (mebibytes << 20, mebibytes << 20))

    return subprocess.run(words, env=environment(env), preexec_fn=limit, capture_output=True, text=True, timeout=600,
                          cwd=cwd, check=False)


def limited(small, name, kind, mebibytes, env, values):
    done = below(kind, mebibytes,
                 command('run', CONFIGS / 'small.cfg', '--device', POCL, '--out', small.where / name, '--quiet',
                         *sets(**values)), {**small.env, **env})
    told = [line for line in done.stderr.splitlines() if line.startswith('cltrain: ')]
    what = f'{kind} {mebibytes << 10}: exit code {done.returncode} {" ".join(told)}'
    if done.returncode not in (0, 4) or len(told) != (done.returncode == 4):
        raise Failure(f'{what}\n{done.stderr}')
    print(f'ok: {what}', flush=True)
    return done.returncode, done.stderr


def within_limits(where):
    small = Small(where)
    every = '--all' in sys.argv
    for kind, first, enough in (('ulimit -d', 20, 1000), ('ulimit -v', 20, 1400)):
        for size, values in (('small', SMALL), ('large', LARGE)):
            steps = range(first, enough, 20) if every else (first, 280, 400)
            codes = []
            for mebibytes in (*steps, enough):
                name = f'{kind[-1]}-{size}-{mebibytes}'
                env = {'POCL_CACHE_DIR': where / f'cache-{name}'} if every else {}
                code, err = limited(small, name, kind, mebibytes, env, values)
                codes.append(code)
                if code == 4:
                    expect(kind in err, f'the limit is named: {kind}')
            expect_equal([codes[0], codes[-1]], [4, 0], f'{kind}, {size}: too little, and enough')
            expect_equal(codes, sorted(codes, reverse=True), f'{kind}, {size}: more is never too little')


def in_waves(where):
    """What does not fit at once trains in parts, to the same bits."""
    small = Small(where)
    values = {**LARGE, 'train__optimizer': '{ type = "sgd"; }', 'population': '({ key = "seed"; count = 4; })'}
    whole = small.run('whole', **values)
    code, _ = limited(small, 'parts', 'ulimit -d', 500, {}, values)
    expect_equal(code, 0, 'the run ends well')
    expect((where / 'parts/parts/02').is_dir(), 'in several parts')
    expect_equal((where / 'parts/result.csv').read_text(), whole.results(), 'the same results')


def what_check_says(where):
    small = Small(where)
    out = run('check', CONFIGS / 'small.cfg', env=small.env).out
    expect('process ' in out and ' leaves ' in out, out)


def what_doctor_says(where):
    """Of too little for the driver's compiler, which would end the process."""
    done = below('ulimit -v', 400, command('doctor', '--json'), cwd=where)
    found = [(row['verdict'], row['found']) for row in json.loads(done.stdout)['findings']]
    expect_equal(done.returncode, 1, 'there is a problem')
    for verdict, text in (('warning', 'no device is tried: PoCL and its compiler need'),
                          ('warning', 'address space: at most 400 MiB')):
        expect(any(row[0] == verdict and text in row[1] for row in found), text)


main(within_limits, in_waves, what_check_says, what_doctor_says)
