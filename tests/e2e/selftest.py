"""selftest knows every kernel, sees a wrong one, and runs before a first training."""
import json
import os
import re
import subprocess

from cltrain import (CONFIGS, ROOT, RunDirectory, command, environment, expect, expect_equal,
                     expect_errors, main, run, sets, write_small_data)

WRONG = os.environ.get('CLTRAIN_WRONG_CONSTANT', str(ROOT / 'build/tests/e2e/cltrain_wrong_constant'))


# They carry out steps and operations on rows, each of which selftest tests by its own name.
CARRIERS = {'run_steps', 'row_chain', 'product_of_weights', 'weight_gradient', 'gemm'}
STEPS = {'softmax_cross_entropy', 'softmax apply', 'sigmoid_cross_entropy',
         'sigmoid_cross_entropy apply', 'product', 'input gradient', 'weight gradient'}


def kernels_of_the_sources():
    names = set()
    for path in (ROOT / 'cl').glob('*.cl'):
        if path.name == 'ceilings.cl':  # loads to time, no part of a network; ocl_ceilings tests them
            continue
        text = re.sub(r'/\*.*?\*/', '', path.read_text(), flags=re.DOTALL)
        names |= set(re.findall(r'^__kernel\b[^;{]*?\b(\w+)\((?:__global|MODEL_PARAMETERS)', text,
                                re.MULTILINE))
    return names


def row_operations_of_the_sources():
    """ROW_BATCH_NORM_APPLY -> batch_norm apply, ROW_TANH_BACKWARD -> tanh gradient"""
    kinds = re.search(r'enum row_kind {(.*?)}', (ROOT / 'cl/model.clh').read_text(), re.DOTALL)[1]
    return {name.lower().replace('_apply', ' apply').replace('_backward', ' gradient')
            for name in re.findall(r'\bROW_(\w+)', kinds)}


def every_kernel_is_tested(_):
    report = json.loads(run('selftest', '--json').out)
    expect(report['passed'] and all(row['passed'] for row in report['kernels']), 'all pass')
    tested = {row['kernel'].split(',')[0] for row in report['kernels']}
    kernels, rows = kernels_of_the_sources(), row_operations_of_the_sources()
    expect(CARRIERS < kernels, f'kernels found: {", ".join(sorted(kernels))}')
    expect(len(rows) > 10, f'operations on rows found: {", ".join(sorted(rows))}')
    expect_equal((kernels - CARRIERS | rows | STEPS) - tested, set(), 'what is not tested')


def call(program, *arguments, where):
    env = environment({'XDG_CACHE_HOME': where / 'cache', 'CLTRAIN_SMALL_DATA': where / 'data'})
    return subprocess.run([program, *map(str, arguments)], env=env, capture_output=True, text=True,
                          check=False)


def wrong_constant_is_seen(where):
    done = call(WRONG, 'selftest', where=where)
    expect_equal(done.returncode, 1, 'exit code')
    marked = [line.split()[0] for line in done.stdout.splitlines() if line.endswith('  wrong')]
    expect_equal(set(marked), {'gather_normalize'}, 'the rows that are marked')
    expect('cltrain: gather_normalize in float is off by' in done.stderr, done.stderr.strip())


def train(program, where, name):
    return call(program, 'run', CONFIGS / 'small.cfg', '--quiet', '--out', where / name,
                *sets(train__updates=10, train__epochs=0), where=where)


def first_training_tests_the_device(where):
    write_small_data(where / 'data')
    done = train(WRONG, where, 'wrong')
    expect_equal(done.returncode, 1, 'exit code of a training with a wrong kernel')
    expect('gather_normalize' in done.stderr, done.stderr.strip())
    expect(not (where / 'wrong').exists() and not (where / 'cache/cltrain/selftest').exists(), 'nothing is left')

    done = train(command()[0], where, 'right')
    expect_equal((done.returncode, done.stderr), (0, ''), 'exit code and errors')
    passes = list((where / 'cache/cltrain/selftest').iterdir())
    expect_equal(len(passes), 1, 'passes remembered')
    expect('cltrain ' in passes[0].read_text(), passes[0].read_text().strip())
    expect_equal(train(WRONG, where, 'remembered').returncode, 0, 'the pass is not tested again')

    passes[0].write_text('of another device\n')
    expect_equal(train(WRONG, where, 'other').returncode, 1, 'a pass with other content is none')


def unwritable_cache_is_no_error(where):
    write_small_data(where / 'data')
    (where / 'cache').mkdir()
    (where / 'cache/cltrain').write_text('a file in the way')
    done = train(command()[0], where, 'run')
    expect_equal((done.returncode, done.stderr), (0, ''), 'exit code and errors')
    expect_equal(RunDirectory(where / 'run').json['status'], 'done', 'the run')


def options_are_checked(_):
    expect_errors(run('selftest', '--gemm', 'other', code=2), '--gemm')


main(every_kernel_is_tested, wrong_constant_is_seen, first_training_tests_the_device,
     unwritable_cache_is_no_error, options_are_checked)
