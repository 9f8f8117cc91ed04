"""`cltrain run --profile`: the calls are those of the steps, the shares make a whole, the files have
them, and the networks keep their bits."""
import json
import re

from cltrain import (CONFIGS, Small, expect, expect_equal, expect_errors, expect_same_run, main, run,
                     sets)

MODES = {'train__epochs': 0, 'train__updates': 40, 'report__every_updates': 20}
SAMPLES = {'train': 350, 'validation': 80, 'test': 300}  # of configs/small.cfg; batches of up to 500
FORWARD, BEHIND = 784 * 37 + 37 * 21 + 21 * 10, 37 * 21 + 21 * 10  # weights; behind the first layer
MEASURED = 3 * 2 + 1  # training and validation part at updates 0, 20 and 40; the test part


def close(a, b, tolerance=1e-6):
    return abs(a - b) <= tolerance * max(abs(a), abs(b))


def check_whole(profile):
    """What holds of every profile."""
    kernels = profile['kernels']
    for kernel in kernels:
        expect_equal(sorted(kernel), ['calls', 'gbs', 'gflops', 'name', 'seconds', 'share'],
                     f'{kernel["name"]}: its fields')
        expect(kernel['seconds'] >= 0 and close(kernel['share'] * profile['seconds'], kernel['seconds']),
               f'{kernel["name"]}: {kernel["seconds"]:.6f} s, {100 * kernel["share"]:.1f} %')
    times = [kernel['seconds'] for kernel in kernels]
    expect_equal(times, sorted(times, reverse=True), 'the longest first')
    whole = sum(kernel['share'] for kernel in kernels) + profile['idle_share']
    expect(close(whole, 1), f'shares and idle make {whole}')
    ceilings = profile['ceilings']
    expect(ceilings['fma_gflops'] > 1 and ceilings['copy_gbs'] > 0.1, f'ceilings: {ceilings}')


def of_backend(where, backend):
    """Calls are launches a step times updates, and those of measuring; rates come from check's work."""
    small = Small(where / backend)
    plain = small.run('plain', backend=backend, **MODES)
    done = small.run('done', '--profile', backend=backend, **MODES)
    expect_same_run(plain, done, f'{backend}: with and without a profile')
    expect('profile' not in plain.json, f'{backend}: no profile where none was asked for')

    profile = done.json['profile']
    check_whole(profile)
    told = json.loads(run('check', CONFIGS / 'small.cfg', '--json', *sets(gemm__backend=backend, **MODES),
                          env=small.env).out)
    updates = done.json['updates']
    expect_equal(updates, 40, 'the updates')
    kernels = {kernel['name']: kernel for kernel in profile['kernels']}
    # The best checkpoint is measured again where it is not the last.
    best = done.members[0]['best']['update'] != updates
    measured = MEASURED + best
    calls = sum(kernel['calls'] for name, kernel in kernels.items() if name != 'sum_squares')
    # A measurement's last batch may be so small that more of its steps are one launch.
    measuring = calls - told['launches_per_step'] * updates
    most = told['launches_per_evaluation_step'] * measured
    expect(measuring == most if backend == 'clblast' else 2 * measured <= measuring <= most,
           f'{backend}: {calls} calls')
    reports = MEASURED // 2  # train and validation, with the same weights; test comes on top
    expect_equal(kernels['sum_squares']['calls'], reports + 1 + best, 'sums of squares')
    # Three products forward, three for weights, two for inputs.
    samples = updates // 8 * SAMPLES['train']
    seen = sum(SAMPLES[part] * 3 for part in ('train', 'validation')) + SAMPLES['test'] * (1 + best)
    products = 2 * (samples * (2 * FORWARD + BEHIND) + seen * FORWARD)
    done = sum(kernel['gflops'] * kernel['seconds'] * 1e9 for kernel in kernels.values()
               if kernel['gflops'])
    expect(products < done < 1.2 * products, f'{backend}: {done} operations, {products} in products')
    if backend == 'clblast':
        routine = kernels['GemmStridedBatched']
        expect_equal(routine['calls'], 8 * updates + 3 * measured, 'calls of CLBlast')
        expect(close(routine['gflops'] * routine['seconds'] * 1e9, products), 'operations of CLBlast')


def native(where):
    where.joinpath('native').mkdir()
    of_backend(where, 'native')


def clblast(where):
    where.joinpath('clblast').mkdir()
    of_backend(where, 'clblast')


def work_of_a_step(where):
    """`cltrain check` knows the work before anything runs."""
    small = Small(where)
    told = json.loads(run('check', CONFIGS / 'small.cfg', '--json', env=small.env).out)
    products = 2 * 48 * (2 * FORWARD + BEHIND)
    flop = told['flop_per_step']
    expect(products < flop < 1.2 * products, f'{flop} operations a step, {products} in products')
    expect(told['bytes_per_step'] > 48 * 784 * 5, f'{told["bytes_per_step"]} bytes a step')
    expect(0 < told['flop_per_evaluation_step'] and 0 < told['bytes_per_evaluation_step'],
           'a step of evaluation')
    text = run('check', CONFIGS / 'small.cfg', env=small.env).out
    expect(f'{flop / 1e6:.4g} MFLOP' in text, 'as text, too')


def what_is_printed(where):
    """A table after the result; with --json the object alone; the report has a figure and a table."""
    small = Small(where)
    arguments = ['run', CONFIGS / 'small.cfg', '--quiet', '--profile', *sets(**MODES)]
    out = run(*arguments, '--out', where / 'text', env=small.env).out
    rows = dict(re.findall(r'^(\S+) +(\d+) +\d+\.\d+ +\d+\.\d %', out, re.M))
    stored = json.loads((where / 'text' / 'run.json').read_text())['profile']
    expect_equal(rows, {kernel['name']: str(kernel['calls']) for kernel in stored['kernels']},
                 'a row for each kernel')
    expect(re.search(r'^idle +\d+\.\d+ +\d+\.\d %$', out, re.M), 'the idle share')
    expect(f'{stored["ceilings"]["fma_gflops"]:.2f}' in out, 'the ceilings')

    told = json.loads(run(*arguments, '--json', '--out', where / 'json', env=small.env).out)
    check_whole(told['profile'])

    page = (where / 'text' / 'report.html').read_text()
    expect('id="profile"' in page and 'Time on the device' in page, 'the page has its section')
    for kernel in stored['kernels']:
        expect(f'>{kernel["name"]}</td>' in page, f'{kernel["name"]} has a row there')
    run('report', where / 'text', '--figures', where / 'figures', env=small.env)
    expect((where / 'figures' / 'profile.svg').exists(), 'the figure as a file')


def many_launches(where):
    """More than the events that are kept, in a population; an interrupted run has its profile too."""
    small = Small(where)
    values = {'train__epochs': 0, 'train__updates': 700, 'report__every_updates': 1000}
    done = small.run('five', '--profile', config='five', **values)
    check_whole(done.json['profile'])
    calls = sum(kernel['calls'] for kernel in done.json['profile']['kernels'])
    expect(calls > 2048, f'{calls} calls')
    stopped = small.run('stopped', '--profile', train__stop_at_update=100, **values)
    expect_equal(stopped.json['status'], 'interrupted', 'stopped on the way')
    check_whole(stopped.json['profile'])


def where_it_is_not_known(where):
    small = Small(where)
    expect_errors(run('check', CONFIGS / 'small.cfg', '--profile', code=2, env=small.env),
                  '--profile: no such option')


main(work_of_a_step, native, clblast, what_is_printed, many_launches, where_it_is_not_known)
