"""What must not change a bit: the backend, another run, the number of threads."""
from cltrain import POCL, Small, expect_equal, expect_same_run, main


def backends_agree(where):
    small = Small(where)
    for config in ('five', 'wide'):
        native, clblast = (small.run(f'{config}-{backend}', '--device', POCL, config=config,
                                     backend=backend) for backend in ('native', 'clblast'))
        expect_equal([native.json['gemm_backend'], clblast.json['gemm_backend']],
                     ['native', 'clblast'], 'each run took its backend')
        expect_same_run(native, clblast, f'{config}: clblast against native')


def runs_repeat(where):
    small = Small(where)
    for backend in ('native', 'clblast'):
        first = small.run(f'{backend}-1', config='five', backend=backend)
        second = small.run(f'{backend}-2', config='five', backend=backend)
        expect_same_run(first, second, f'{backend}, twice')


def threads_agree(where):
    small = Small(where)
    for config, backend in (('five', 'native'), ('five', 'clblast'), ('wide', 'native')):
        one, two = (small.run(f'{config}-{backend}-{count}', '--device', POCL, config=config,
                              backend=backend, env={'POCL_MAX_PTHREAD_COUNT': count})
                    for count in (1, 2))
        expect_same_run(one, two, f'{config}, {backend}, one thread against two')


def written_config_repeats(where):
    small = Small(where)
    first = small.run('first', config='five')
    second = small.run('second', config=first.path / 'config')
    expect_same_run(first, second, 'the config of a run directory')
    expect_equal((first.path / 'config.cfg').read_text(), (second.path / 'config.cfg').read_text(),
                 'it writes itself again')


main(backends_agree, runs_repeat, threads_agree, written_config_repeats)
