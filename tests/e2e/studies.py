"""The published experiments on CIFAR-10: each config states what it expects, and the exit code tells."""
import os

from cltrain import ROOT, RunDirectory, expect, main, run, skip


def studies(where):
    if not os.environ.get('CLTRAIN_CIFAR10'):
        skip('CLTRAIN_CIFAR10 does not name a folder with the binary files of CIFAR-10')
    for path in sorted((ROOT / 'configs/studies').glob('*.cfg')):
        run('run', path, '--quiet', '--out', where / path.stem)
        done = RunDirectory(where / path.stem)
        for wanted in done.json['expectations']:
            expect(wanted['met'], f'{path.stem}: {wanted["metric"]} {wanted["measured"]:.4f}, expected '
                   f'{wanted["low"]:.4f} to {wanted["high"]:.4f} ({wanted["source"]})')
        print(f'    {done.json["seconds"]:.1f} s')


main(studies)
