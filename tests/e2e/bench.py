"""bench needs no data, says what is promised, and measures the networks of configs/bench."""
import json
import os

from cltrain import (CONFIGS, ROOT, Small, expect, expect_equal, expect_errors, main, run, sets)

WORKLOADS = ('a1-softmax', 'a2-2layer', 'a3-3layer-bn', 'a3-9layer-bn', 'wide-mlp')


def bench(*arguments, env=None):
    result = run('bench', '--json', '--quiet', '--seconds', '0.02', *arguments, env=env)
    expect_equal(result.err, '', 'nothing on standard error')
    return json.loads(result.out)


def only(*names):
    return [word for name in names for word in ('--only', name)]


def json_has_the_promised_keys(_):
    told = bench(*only('a1', 'gemm-50x3072x100'), env={'CLTRAIN_CIFAR10': None})
    expect({'device', 'ceilings', 'steps', 'gemm'} <= set(told), 'keys of the whole')
    expect_equal(set(told['ceilings']), {'fma_gflops', 'copy_gbs'}, 'keys of the ceilings')
    expect(all(value > 0 for value in told['ceilings'].values()), f'ceilings: {told["ceilings"]}')
    step, = told['steps']
    expect({'workload', 'members', 'steps_per_second', 'gflops', 'launches'} <= set(step),
           f'keys of a step: {step}')
    expect_equal((step['workload'], step['members']), ('a1-softmax', 1), 'the workload')
    operations = 4 * 30720 * 100
    expect(abs(step['gflops'] / (step['steps_per_second'] * operations * 1e-9) - 1) < 1e-9,
           'operations of a step')
    product, = told['gemm']
    wanted = {'m': 50, 'n': 3072, 'k': 100, 'trans_a': False, 'trans_b': True, 'backend': 'native'}
    expect_equal({key: product[key] for key in wanted}, wanted, 'the product')
    expect(product['gflops'] > 0, f'speed of a product: {product["gflops"]}')


def names_choose(_):
    told = bench(*only('a2-2layer', 'a2-2layer-8'))
    expect_equal([(step['workload'], step['members']) for step in told['steps']],
                 [('a2-2layer', 1), ('a2-2layer', 8)], 'whole names')
    expect_equal(told['gemm'], [], 'no product')
    told = bench(*only('a2'))
    expect_equal([step['members'] for step in told['steps']], [1, 8, 32], 'a beginning')
    expect_equal(len({step['launches'] for step in told['steps']}), 1,
                 'launches do not depend on the members')
    expect_errors(run('bench', '--only', 'b1', code=2), "is called b1")
    expect_errors(run('bench', '--seconds', '0', code=2), "--seconds: '0' is no number above 0")
    expect_errors(run('bench', 'x.cfg', '--only', 'a1', code=2), '--only')


def backends_stand_side_by_side(_):
    told = bench('--gemm', 'clblast', *only('gemm-50x100'))
    expect_equal([product['backend'] for product in told['gemm']], ['native', 'clblast'], 'backends')


def table_has_a_row_for_each(_):
    done = run('bench', '--seconds', '0.02', *only('a1', 'gemm-512'))
    expect('\na1-softmax ' in done.out and '\n512 x 512 x 512 ' in done.out, done.out.strip())
    expect_equal(done.err.split('\n'), ['measuring a1-softmax', 'measuring gemm-512x512x512', ''],
                 'progress')


def configs_are_measured_on_their_data(where):
    small = Small(where)
    told = bench(CONFIGS / 'small.cfg', CONFIGS / 'five.cfg', *sets(train__batch_size=40),
                 env=small.env)
    check = json.loads(run('check', CONFIGS / 'five.cfg', '--json', env=small.env).out)
    expect_equal([(step['members'], step['batch_size']) for step in told['steps']],
                 [(1, 40), (5, 40)], 'members and batch')
    expect_equal(told['steps'][1]['launches'], check['launches_per_step'], 'launches')
    expect_equal(sorted(path.name for path in where.iterdir()), ['data'], 'nothing is written')


def networks_are_those_of_the_configs(_):
    if not os.environ.get('CLTRAIN_CIFAR10'):
        print('left out: CLTRAIN_CIFAR10 is not set')
        return
    steps = {step['workload']: step for step in bench(*only(*WORKLOADS))['steps']}
    for name in WORKLOADS:
        told = json.loads(run('check', ROOT / f'configs/bench/{name}.cfg', '--json').out)
        expect_equal((steps[name]['launches'], steps[name]['parameters']),
                     (told['launches_per_step'], told['parameters']), f'{name}: launches, parameters')


main(json_has_the_promised_keys, names_choose, backends_stand_side_by_side, table_has_a_row_for_each,
     configs_are_measured_on_their_data, networks_are_those_of_the_configs)
