"""The published experiments on CIFAR-10: each config states what it expects, and the exit code tells."""
import os
import subprocess

from cltrain import ROOT, RunDirectory, expect, main, run, skip


def studies(where):
    if not os.environ.get('CLTRAIN_CIFAR10'):
        skip('CLTRAIN_CIFAR10 does not name a folder with the binary files of CIFAR-10')
    for path in sorted((ROOT / 'configs/studies').glob('*.cfg')):
        run('run', path, '--quiet', '--out', where / path.stem)
        done = RunDirectory(where / path.stem)
        for wanted in done.json['expectations']:
            expect(wanted['met'], f'{path.stem}: {wanted["metric"]} {wanted["measured"]:.4f}, expected '
                   f'{wanted["low"]} to {wanted["high"]} ({wanted["source"]})')
        print(f'    {done.json["seconds"]:.1f} s')
    # One seed of this one differs from the next by points: its mean is what can be compared.
    seeds = [m['test_accuracy'] for m in RunDirectory(where / '004-nine-layers').json['members']]
    mean = sum(seeds) / len(seeds)
    expect(len(seeds) == 5 and 0.433 <= mean <= 0.528, f'004-nine-layers: mean of 5 seeds {mean:.4f}')
    table = subprocess.run([ROOT / 'scripts/studies-table', where], capture_output=True, text=True)
    expect(table.returncode == 0 and table.stdout.count('| met |') >= 12 and 'missed' not in table.stdout,
           'the table of the studies has a verdict for each')


main(studies)
