"""A training step makes the same launches for one member and for five, counted beneath the program
by tests/support/launch_counter.c, CLBlast's own included."""
import json
import os

from cltrain import CONFIGS, Small, expect, expect_equal, main, run, sets, skip

STEPS_PER_EPOCH = 8  # the last of them with a smaller batch
# Reports at the first and the last update only, and no best checkpoint to measure in the end: what
# is launched beside the steps does not depend on their number.
QUIET = {'train__epochs': 0, 'report__every_updates': 1000000, 'data__validation': 0,
         'train__batch_size': 56}  # 430 = 7 * 56 + 38


def launches(small, config, backend, updates):
    counts = small.where / 'counts'
    small.run(f'{config}-{backend}-{updates}', config=config, backend=backend,
              train__updates=updates, **QUIET,
              env={'OPENCL_LAYERS': os.environ['CLTRAIN_LAUNCH_COUNTER'],
                   'CLTRAIN_LAUNCH_COUNT': counts})
    return dict(line.split() for line in counts.read_text().splitlines())['clEnqueueNDRangeKernel']


def promised(small, config, backend):
    told = json.loads(run('check', CONFIGS / f'{config}.cfg', '--json',
                          *sets(gemm__backend=backend, train__updates=1, **QUIET),
                          env=small.env).out)
    expect_equal(told['updates_per_epoch'], STEPS_PER_EPOCH, f'{config}: steps of an epoch')
    return told['launches_per_step']


def same_for_all(where):
    if 'CLTRAIN_LAUNCH_COUNTER' not in os.environ:
        skip('CLTRAIN_LAUNCH_COUNTER does not name the built tests/support/launch_counter.so')
    small = Small(where)
    for backend in ('native', 'clblast'):
        # The first run with these kernels brings the self-test, whose launches would be counted too.
        small.run(f'first-{backend}', backend=backend, train__updates=1, **QUIET)
        found = {}
        for config, members in (('small', 1), ('five', 5)):
            count = {n: int(launches(small, config, backend, n)) for n in (3, 7, 8, 16)}
            step, rest = divmod(count[7] - count[3], 4)
            expect_equal(rest, 0, f'{backend}, P = {members}: each step launches the same number')
            expect_equal(step, promised(small, config, backend),
                         f'{backend}, P = {members}: {step} launches a step, as `cltrain check` says')
            expect_equal(count[8] - count[7], step, f'{backend}, P = {members}: the smaller batch too')
            expect_equal(count[16] - count[8], STEPS_PER_EPOCH * step,
                         f'{backend}, P = {members}: another epoch')
            found[members] = step, count
        expect(found[1] == found[5], f'{backend}: the same for P = 1 and P = 5, in all: {found[1][1]}')


main(same_for_all)
